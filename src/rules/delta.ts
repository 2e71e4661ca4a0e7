import { unitLowerInverse } from '../core/ops/unitLowerInverse.js';
import { tf } from '../core/tf.js';
import { affineScan } from './affineScan.js';
import { chunkDecay, chunksOf, joinVectors, splitColumn, splitInputs } from './chunks.js';
import type { LearningRule } from './contract.js';
import { across, fromStart, scaled, toEnd, within } from './decayCourse.js';
import { asFactor, associate, decayed, emptyMemory, recall, signalOf } from './memory.js';

/**
 * Error correction: only what the memory did not predict is written (Rescorla and Wagner 1972).
 *
 *   S_t = S~_t + beta_t (v_t - S~_t k_t) k_t^T        o_t = S_t q_t
 *
 * Chunk form, with L the decay inside a chunk and S the state at its start:
 *
 *   A = tril(beta K K^T (.) L, -1)    X = (I + A)^{-1}    U = X beta V    W = X (beta K fromStart)
 *   R = U - W S^T        O = fromStart Q S^T + (Q K^T (.) L) R
 *   S' = S (across I - W^T (K toEnd)) + U^T (K toEnd)
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
    const course = chunkDecay(xs, chunks);
    const { q, k, v } = splitInputs(xs, chunks);
    const beta = splitColumn(signalOf(xs, 'beta'), chunks);
    const L = within(course);
    const [begin, end] = [fromStart(course), toEnd(course)];
    const struckKeys = tf.mul(k, beta);
    const overlap = tf.matMul(struckKeys, k, false, true);
    const X = unitLowerInverse(course.decay || course.segment ? tf.mul(overlap, L) : overlap);
    const U = tf.matMul(X, tf.mul(v, beta));
    const W = tf.matMul(X, scaled(struckKeys, begin));
    const lastKeys = scaled(k, end);
    const kept = scaled(tf.eye(k.shape.at(-1) ?? 0), across(course));
    const transitions = tf.sub(kept, tf.matMul(W, lastKeys, true, false));
    const { starts, final } = affineScan(transitions, tf.matMul(U, lastKeys, true, false), state?.S);
    const scores = tf.mul(tf.matMul(q, k, false, true), L);
    if (!starts) return { outputs: joinVectors(tf.matMul(scores, U), chunks), state: { S: final } };
    const R = tf.sub(U, tf.matMul(W, starts, false, true));
    const outputs = tf.add(tf.matMul(scaled(q, begin), starts, false, true), tf.matMul(scores, R));
    return { outputs: joinVectors(outputs, chunks), state: { S: final } };
  },
};
