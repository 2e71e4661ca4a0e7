import { numberParam, type Params, type ParamSpec } from '../core/params.js';
import { required } from '../core/required.js';
import { tf, type Tensor } from '../core/tf.js';
import { associateInChunks } from '../chunks/association.js';
import { restartFactors } from '../chunks/decay.js';
import type { RuleState } from './contract.js';

/** The parameter of rules with a sliding threshold. */
export const THRESHOLD_PARAMS = {
  rho: {
    default: 0.9,
    range: [0, 1],
    doc: 'fraction of the threshold kept per token; 1 freezes it',
  },
} satisfies Readonly<Record<string, ParamSpec>>;

/** The threshold of a state that has one. */
export function thresholdOf(state: RuleState): Tensor {
  return required(state.theta, "a threshold 'theta' in the state");
}

/**
 * The threshold after one token.
 *
 *   theta_t = rho theta_{t-1} + (1 - rho) m_t
 *
 * Shapes: theta, activity m `[B,H,X]`.
 */
export function slideThreshold(theta: Tensor, activity: Tensor, params: Params): Tensor {
  const rho = numberParam(params, 'rho');
  return tf.add(tf.mul(theta, rho), tf.mul(activity, 1 - rho));
}

/** The threshold at each token of a sequence, and after the last. */
export interface Thresholds {
  /** `theta_{t-1}` `[B,H,T,X]`, 0 at the first token of a document */
  readonly before: Tensor;
  /** `[B,H,X]` */
  readonly final: Tensor;
}

/**
 * `slideThreshold` over a sequence: the threshold is zero again at the first token of each document.
 *
 * Shapes: theta `[B,H,X]`, absent for zero · activity `[B,H,T,X]` · documents `[B,T]`.
 */
export function slideThresholds(
  theta: Tensor | undefined,
  activity: Tensor,
  documents: Tensor | undefined,
  params: Params,
  chunkSize: number,
): Thresholds {
  const rho = numberParam(params, 'rho');
  const [B = 0, H = 0, T = 0, X = 0] = activity.shape;
  // A memory of one key, which every token writes to and reads.
  const k = tf.ones([B, H, T, 1]);
  const start = theta && tf.reshape(theta, [B, H, X, 1]);
  const logDecay = tf.fill([1, 1, T], Math.log(rho));
  const inputs = { q: k, k, v: tf.mul(activity, 1 - rho), signals: {}, logDecay, documents };
  const { outputs, final } = associateInChunks(start, inputs, chunkSize);
  const first = theta ? tf.expandDims(theta, 2) : tf.zeros([B, H, 1, X]);
  const before = T === 1 ? first : tf.concat([first, tf.slice(outputs, [0, 0, 0, 0], [B, H, T - 1, X])], 2);
  return {
    before: documents ? tf.mul(before, restartFactors(documents)) : before,
    final: tf.reshape(final, [B, H, X]),
  };
}
