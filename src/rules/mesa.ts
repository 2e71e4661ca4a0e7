import { numberParam, type Params } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import { associateInChunks } from '../chunks/association.js';
import { solveInChunks } from '../chunks/regression.js';
import { ridgeSolve } from '../ops/ridgeSolve.js';
import type { LearningRule, RuleState, TokenInput } from './contract.js';
import { asFactor, associate, decayed, emptyMemory, fieldOf, recall, signalOf } from './memory.js';

/** Both sums decayed: the columns of S by D, H by the root of D on both sides, which keeps it symmetric. */
function faded(state: RuleState, logDecay: Tensor | undefined): RuleState {
  const H = fieldOf(state, 'H');
  const S = decayed(state.S, logDecay);
  if (!logDecay) return { S, H };
  // [B,H,K] or [B,H,1]
  const half = tf.exp(tf.mul(logDecay.rank === 3 ? logDecay : tf.expandDims(logDecay, 2), 0.5));
  return { S, H: tf.mul(tf.mul(H, tf.expandDims(half, 3)), tf.expandDims(half, 2)) };
}

/** Steps that are made: a system of K equations is solved after K, but for rounding. */
function iterationsFor(q: Tensor, params: Params): number {
  return Math.min(numberParam(params, 'iterations'), 2 * (q.shape.at(-1) ?? 0));
}

/** `S (H + Lambda)^{-1} q` */
function read(state: RuleState, x: TokenInput, params: Params): Tensor {
  const iterations = iterationsFor(x.q, params);
  return recall(state.S, ridgeSolve(fieldOf(state, 'H'), signalOf(x, 'ridge'), x.q, iterations));
}

/**
 * Regression at every token: what is read is the value that the least-squares map of all keys to all values gives for
 * the query.
 *
 *   S_t = S~_t + beta_t v_t k_t^T      H_t = H~_t + beta_t k_t k_t^T      o_t = S_t (H_t + Lambda)^{-1} q_t
 *
 * Lambda is trained, one per key channel. The system is solved by conjugate gradients, with the gradient of the exact
 * solution. Chunk form: `solveInChunks`, and what the solutions read by `associateInChunks`.
 */
export const mesa = {
  name: 'mesa',
  title: 'Mesa, regression at every token',
  equation: 'S_t = S~_t + beta_t v_t k_t^T, H_t = H~_t + beta_t k_t k_t^T, o_t = S_t (H_t + Lambda)^{-1} q_t',
  source:
    'von Oswald et al. 2025, arXiv:2506.05233 (MesaNet); Wang et al. 2025, arXiv:2501.12352 (test-time regression). ' +
    'Lambda lies between 0.25 and 4, which also bounds the number of iterations needed; with a decay D per key channel ' +
    'H decays as the root of D on both sides.',
  reductions: ['ridge regression of the values on the keys, without a decay'],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'weight of the pair' },
    ridge: {
      low: 0.25,
      high: 4,
      initial: 1,
      meaning: 'Lambda, how much a channel of the map is kept small',
      width: 'key',
      constant: true,
    },
  },
  params: {
    iterations: {
      default: 30,
      range: [8, 128],
      whole: true,
      doc: 'most steps of conjugate gradients; twice as many as key channels always suffice, so that there are no more',
    },
  },
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  anyKeys: true,
  initState: (dims) => ({ S: emptyMemory(dims), H: tf.zeros([dims.B, dims.H, dims.K, dims.K]) }),
  decay: faded,
  step(state, x, params) {
    const before = faded(state, x.logDecay);
    const beta = asFactor(signalOf(x, 'beta'));
    const after = {
      S: associate(before.S, tf.mul(x.v, beta), x.k),
      H: associate(fieldOf(before, 'H'), tf.mul(x.k, beta), x.k),
    };
    return { output: read(after, x, params), state: after };
  },
  read,
  channelChunk: true,
  sharedReads: true,
  chunk(state, xs, params, chunkSize) {
    const beta = asFactor(signalOf(xs, 'beta'));
    const inputs = { write: tf.mul(xs.k, beta), ridge: signalOf(xs, 'ridge') };
    const options = { iterations: iterationsFor(xs.q, params), chunkSize };
    const { solutions, final: H } = solveInChunks(state && fieldOf(state, 'H'), xs, inputs, options);
    const asked = { ...xs, q: solutions, v: tf.mul(xs.v, beta) };
    const { outputs, final: S } = associateInChunks(state?.S, asked, chunkSize);
    return { outputs, state: { S, H } };
  },
} satisfies LearningRule;
