import { tf } from '../core/tf.js';
import { chunksOf, joinVectors, momentsOf, splitInputs, splitVectors } from './chunks.js';
import type { LearningRule } from './contract.js';
import { deltaChunks } from './deltaChunks.js';
import { asFactor, associate, decayed, emptyMemory, recall, signalOf } from './memory.js';

/**
 * Error correction: only what the memory did not predict is written (Rescorla and Wagner 1972).
 *
 *   S_t = S~_t + beta_t (v_t - S~_t k_t) k_t^T        o_t = S_t q_t
 *
 * Chunk form: `deltaChunks` with beta k as the key that writes.
 */
export const delta: LearningRule = {
  name: 'delta',
  title: 'Delta',
  equation: 'S_t = S~_t + beta_t (v_t - S~_t k_t) k_t^T',
  source:
    'Widrow and Hoff 1960; Rescorla and Wagner 1972; in chunks Yang et al. 2024, arXiv:2406.06484, equations ' +
    '8 to 11, and with a decay Yang et al. 2024, arXiv:2412.06464, equation 10. The decay comes before the ' +
    'error, as there; the chunk states here follow an affine scan instead of the pseudo-values in turn.',
  signals: {
    beta: { low: 0, high: 'maxBeta', initial: 0.5, meaning: 'share of the error that is corrected' },
  },
  params: {
    maxBeta: {
      default: 1,
      range: [1, 2],
      doc: 'upper bound of beta; above 1 a write may overshoot and flip what a key recalls',
    },
  },
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  onnx: 'delta',
  stability: {
    quantity: 'beta |k|^2',
    bound: 2,
    measure: (x) => tf.mul(signalOf(x, 'beta'), tf.sum(tf.square(x.k), 2)),
  },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const before = decayed(state.S, x.logDecay);
    const error = tf.sub(x.v, recall(before, x.k));
    const S = associate(before, tf.mul(error, asFactor(signalOf(x, 'beta'))), x.k);
    return { output: recall(S, x.q), state: { S } };
  },
  chunk(state, xs, _params, chunkSize) {
    const chunks = chunksOf(xs.q.shape[2] ?? 0, chunkSize);
    const { q, k, v } = splitInputs(xs, chunks);
    const w = splitVectors(tf.mul(xs.k, asFactor(signalOf(xs, 'beta'))), chunks);
    const { outputs, final } = deltaChunks({ q, k, w, v, ...momentsOf(xs), state: state?.S }, chunks);
    return { outputs: joinVectors(outputs, chunks), state: { S: final } };
  },
};
