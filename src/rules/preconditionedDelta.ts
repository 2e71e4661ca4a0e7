import { numberParam, type Params } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import { associateInChunks } from '../chunks/association.js';
import { correctInChunks } from '../chunks/correction.js';
import type { LearningRule, RuleState, SequenceInput, TokenInput } from './contract.js';
import {
  asFactor,
  associate,
  correctedShare,
  decayed,
  emptyMemory,
  fieldOf,
  recall,
  signalOf,
} from './memory.js';

/** Added to the usage before its logarithm. */
const EPSILON = 1e-6;

/** What a token adds to the usage of each key channel. */
function usageOf(x: TokenInput): Tensor {
  return tf.mul(tf.square(x.k), asFactor(signalOf(x, 'usage')));
}

/** The factor of each key channel, between 1 / x and x: the more a channel was used, the smaller. */
function preconditioner(A: Tensor, x: TokenInput, params: Params): Tensor {
  const r = tf.sub(tf.log(tf.add(A, EPSILON)), asFactor(signalOf(x, 'center')));
  const squashed = tf.div(r, tf.add(1, tf.abs(r)));
  return tf.exp(tf.mul(squashed, -Math.log(numberParam(params, 'reach'))));
}

/** The usage at each token, with its own `[B,H,T,K]`, and after the last `[B,H,K]`. */
function usages(
  state: RuleState | undefined,
  xs: SequenceInput,
  chunkSize: number,
): { at: Tensor; final: Tensor } {
  const [B = 0, H = 0, T = 0, K = 0] = xs.k.shape;
  // A memory of one key, which every token writes to and reads, and of K values.
  const k = tf.ones([B, H, T, 1]);
  const kept = tf.add(tf.zeros([B, H, T, K]), asFactor(signalOf(xs, 'keep')));
  const start = state && tf.reshape(fieldOf(state, 'A'), [B, H, K, 1]);
  const inputs = { q: k, k, v: usageOf(xs), signals: {}, documents: xs.documents };
  const { outputs, final } = associateInChunks(start, inputs, chunkSize, kept);
  return { at: outputs, final: tf.reshape(final, [B, H, K]) };
}

/**
 * Error correction with a step per key channel that is smaller the more the channel was used.
 *
 *   A_t = a'_t A_{t-1} + beta'_t k_t (.) k_t        r = ln(A_t + 1e-6) - c        m = x^(-r / (1 + |r|))
 *   S_t = S~_t + beta_t (v_t - S~_t k_t) (m (.) k_t)^T        o_t = S_t q_t
 *
 * A has a decay of its own, a signal; c is trained, one per head. A does not depend on S: chunk form with A by a scan,
 * then `correctInChunks`, read at k and written to at beta m (.) k.
 */
export const preconditionedDelta = {
  name: 'preconditioned-delta',
  title: 'Preconditioned delta, a step per key channel',
  equation: "S_t = S~_t + beta_t (v_t - S~_t k_t) (m_t (.) k_t)^T, m from A_t = a'_t A_{t-1} + beta'_t k_t^2",
  source:
    'Preconditioned Gated DeltaNet and Preconditioned KDA, arXiv:2604.21100; as in flash-linear-attention ' +
    "(fla/ops/precond_gated_delta_rule), but a' is a sigmoid of the token, the gate there with a rate of 1, and c lies " +
    'between -2 and 2.',
  reductions: ['the delta rule with reach = 1'],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'share of the error that is corrected' },
    usage: {
      low: 0,
      high: 1,
      initial: 0.5,
      meaning: "beta', how much a token counts as use of its channels",
    },
    keep: { low: 0, high: 1, initial: 0.95, meaning: "a', what is kept of the usage" },
    center: {
      low: -2,
      high: 2,
      initial: -0.2,
      meaning: 'c, the log usage of a channel at which its step is as it is',
      constant: true,
    },
  },
  params: {
    reach: {
      default: 1.5,
      range: [1, 4],
      doc: 'x, by how much the step of a channel may be larger or smaller',
    },
  },
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  stability: {
    quantity: 'x beta |k|^2',
    bound: 2,
    measure: (x, _state, params) => tf.mul(correctedShare(x), numberParam(params, 'reach')),
  },
  initState: (dims) => ({ S: emptyMemory(dims), A: tf.zeros([dims.B, dims.H, dims.K]) }),
  step(state, x, params) {
    const A = tf.add(tf.mul(fieldOf(state, 'A'), asFactor(signalOf(x, 'keep'))), usageOf(x));
    const before = decayed(state.S, x.logDecay);
    const error = tf.mul(tf.sub(x.v, recall(before, x.k)), asFactor(signalOf(x, 'beta')));
    const S = associate(before, error, tf.mul(preconditioner(A, x, params), x.k));
    return { output: recall(S, x.q), state: { S, A } };
  },
  channelChunk: true,
  sharedReads: true,
  chunk(state, xs, params, chunkSize) {
    const { at, final: A } = usages(state, xs, chunkSize);
    const strength = tf.mul(preconditioner(at, xs, params), asFactor(signalOf(xs, 'beta')));
    const inputs = { read: xs.k, write: tf.mul(xs.k, strength), content: xs.v };
    const { outputs, final } = correctInChunks(state?.S, xs, inputs, 'address', chunkSize);
    return { outputs, state: { S: final, A } };
  },
} satisfies LearningRule;
