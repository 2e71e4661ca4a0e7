import { numberParam } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import type { LearningRule, RuleState } from './contract.js';
import { asFactor, associate, decayed, emptyMemory, fieldOf, recall, signalOf } from './memory.js';

/** What decay leaves: `S~ = S D`, `Q~ = D Q D`, D the decay of the key channels. */
function drifted(state: RuleState, logDecay: Tensor | undefined): RuleState {
  const Q = fieldOf(state, 'Q');
  const S = decayed(state.S, logDecay);
  if (!logDecay) return { S, Q };
  // [B,H,K] or [B,H,1]
  const left = tf.exp(logDecay.rank === 3 ? logDecay : tf.expandDims(logDecay, 2));
  return { S, Q: tf.mul(tf.mul(Q, tf.expandDims(left, 3)), tf.expandDims(left, 2)) };
}

/**
 * Recursive least squares: error correction with the exact step of every direction. A Kalman filter whose weights are
 * normal around S with covariance P (the same for each value channel), and drift as the gate forgets.
 *
 *   g_t = beta_t P~_t k_t / (1 + beta_t k_t^T P~_t k_t)
 *   S_t = S~_t + (v_t - S~_t k_t) g_t^T      P_t = P~_t - g_t (P~_t k_t)^T      P_0 = I / lambda
 *
 * Without a decay S_t is the ridge regression of all values on all keys, weighted by beta. With a decay D,
 * P~ = D P D + (I - D^2) P_0. The state is Q = P_0 - P, what has become certain, so that an empty one is zero and
 * Q~ = D Q D. Not linear in the state: token by token.
 */
export const rls = {
  name: 'rls',
  title: 'Recursive least squares, a Kalman filter',
  equation: 'S_t = S~_t + (v_t - S~_t k_t) g_t^T, g_t = beta_t P~_t k_t / (1 + beta_t k_t^T P~_t k_t)',
  source:
    'Plackett 1950; Kalman 1960; Dayan and Kakade 2000 for conditioning. As defined here, forgetting is a drift of the ' +
    'weights to the prior, which keeps P bounded; the usual division of P by the decay does not.',
  reductions: ['mesa without a decay, with the same ridge in every channel'],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'weight of the pair, the inverse variance of its noise' },
  },
  params: {
    ridge: { default: 1, range: [0.1, 100], doc: 'lambda, the inverse variance of the weights beforehand' },
  },
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  anyKeys: true,
  initState: (dims) => ({ S: emptyMemory(dims), Q: tf.zeros([dims.B, dims.H, dims.K, dims.K]) }),
  decay: drifted,
  step(state, x, params) {
    const before = drifted(state, x.logDecay);
    const Q = fieldOf(before, 'Q');
    const Pk = tf.sub(tf.mul(x.k, 1 / numberParam(params, 'ridge')), recall(Q, x.k));
    const beta = asFactor(signalOf(x, 'beta'));
    const gain = tf.div(tf.mul(Pk, beta), tf.add(1, tf.mul(beta, tf.sum(tf.mul(Pk, x.k), 2, true))));
    const S = associate(before.S, tf.sub(x.v, recall(before.S, x.k)), gain);
    return { output: recall(S, x.q), state: { S, Q: associate(Q, gain, Pk) } };
  },
} satisfies LearningRule;
