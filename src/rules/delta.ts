import { tf } from '../core/tf.js';
import { correctInChunks } from '../chunks/correction.js';
import type { LearningRule } from './contract.js';
import { asFactor, associate, correctedShare, decayed, emptyMemory, recall, signalOf } from './memory.js';

/**
 * Error correction: only what the memory did not predict is written (Rescorla and Wagner 1972).
 *
 *   S_t = S~_t + beta_t (v_t - S~_t k_t) k_t^T        o_t = S_t q_t
 *
 * Chunk form: `correctInChunks` at the key, which is read, and beta times the key, which is written to.
 */
export const delta = {
  name: 'delta',
  title: 'Delta',
  equation: 'S_t = S~_t + beta_t (v_t - S~_t k_t) k_t^T',
  source:
    'Widrow and Hoff 1960; Rescorla and Wagner 1972; Yang et al. 2024, arXiv:2406.06484 and arXiv:2412.06464. ' +
    'The chunk form is equations 8 to 11 of the first of these two, and equation 10 of the second with a decay, ' +
    'which comes before the error as there. With a decay per key channel the rule is Kimi Delta Attention ' +
    '(Moonshot AI 2025). Chunk states are computed by an affine scan, not from the pseudo-values one by one.',
  reductions: [
    'plain association, for orthonormal keys and beta = 1',
    'DeltaNet without a decay; Gated DeltaNet with one decay per head; Kimi Delta Attention with one per key channel',
  ],
  signals: {
    beta: { low: 0, high: 'maxBeta', initial: 0.5, meaning: 'share of the error that is corrected' },
  },
  params: {
    maxBeta: {
      default: 1,
      range: [1, 2],
      doc: 'upper bound of beta; above 1 a write may overshoot and flip the sign of what a key recalls',
    },
  },
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  onnx: 'delta',
  stability: {
    quantity: 'beta |k|^2',
    bound: 2,
    anyOrder: true,
    measure: correctedShare,
  },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const before = decayed(state.S, x.logDecay);
    const error = tf.sub(x.v, recall(before, x.k));
    const S = associate(before, tf.mul(error, asFactor(signalOf(x, 'beta'))), x.k);
    return { output: recall(S, x.q), state: { S } };
  },
  channelChunk: true,
  sharedReads: true,
  chunk(state, xs, _params, chunkSize) {
    const write = tf.mul(xs.k, asFactor(signalOf(xs, 'beta')));
    const inputs = { read: xs.k, write, content: xs.v };
    const { outputs, final } = correctInChunks(state?.S, xs, inputs, 'address', chunkSize);
    return { outputs, state: { S: final } };
  },
} satisfies LearningRule;
