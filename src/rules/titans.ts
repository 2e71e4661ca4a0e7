import { tf, type Tensor } from '../core/tf.js';
import { correctWithMomentum } from '../chunks/momentum.js';
import type { LearningRule, TokenInput } from './contract.js';
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

/** `(1 - eta) beta`, as a factor of vectors. */
function strength(x: TokenInput): Tensor {
  return asFactor(tf.mul(tf.sub(1, signalOf(x, 'momentum')), signalOf(x, 'beta')));
}

/**
 * Error correction with momentum: what surprised before goes on being written.
 *
 *   Z_t = eta_t Z_{t-1} + (1 - eta_t) beta_t (v_t - S~_t k_t) k_t^T        S_t = S~_t + Z_t        o_t = S_t q_t
 *
 * The gradient is that of every token, not one frozen for a chunk. Chunk form: `correctWithMomentum` of S and Z together,
 * for a decay per token or none.
 */
export const titans = {
  name: 'titans',
  title: 'Titans, delta with momentum',
  equation: 'Z_t = eta_t Z_{t-1} + (1 - eta_t) beta_t (v_t - S~_t k_t) k_t^T, S_t = S~_t + Z_t',
  source:
    'Behrouz et al. 2025, arXiv:2501.00663 (Titans), equations 9, 10 and 13, with a linear memory and the exact ' +
    'gradient of every token. The forgetting 1 - alpha is the decay of the gate, and comes before the error. The step ' +
    'theta is (1 - eta) beta, a factor of 2 of the gradient in beta: with theta and eta free of each other, random unit ' +
    'keys make the memory grow without bound from theta 1 and eta 0.7 on.',
  reductions: ['the delta rule with eta = 0 and Z = 0'],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'share of the error that is written, at once and later' },
    momentum: { low: 0, high: 1, initial: 0.5, meaning: 'eta, what is kept of what was written last' },
  },
  params: {},
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  stability: { quantity: 'beta |k|^2', bound: 2, measure: correctedShare },
  initState: (dims) => ({ S: emptyMemory(dims), Z: emptyMemory(dims) }),
  step(state, x) {
    const before = decayed(state.S, x.logDecay);
    const error = tf.mul(tf.sub(x.v, recall(before, x.k)), strength(x));
    const kept = tf.mul(fieldOf(state, 'Z'), tf.expandDims(asFactor(signalOf(x, 'momentum')), 3));
    const Z = associate(kept, error, x.k);
    const S = tf.add(before, Z);
    return { output: recall(S, x.q), state: { S, Z } };
  },
  sharedReads: true,
  chunk(state, xs, _params, chunkSize) {
    const inputs = { write: tf.mul(xs.k, strength(xs)), momentum: signalOf(xs, 'momentum') };
    const pair = state && { S: state.S, Z: fieldOf(state, 'Z') };
    const { outputs, final } = correctWithMomentum(pair, xs, inputs, chunkSize);
    return { outputs, state: { ...final } };
  },
} satisfies LearningRule;
