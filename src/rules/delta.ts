import { tf } from '../core/tf.js';
import { chunksOf, joinVectors, momentsOf, splitInputs, splitVectors } from '../chunks/chunks.js';
import type { LearningRule, RuleState, SequenceInput, SequenceResult } from './contract.js';
import { correctInChunks } from '../chunks/correction.js';
import { correctionChunks } from '../chunks/correctionChunks.js';
import { keyDecay } from '../chunks/keyDecay.js';
import { asFactor, associate, decayed, emptyMemory, recall, signalOf } from './memory.js';
import { joinGroups, queriesPerMemory, queryGroups } from '../chunks/queryGroups.js';

/**
 * Error correction: only what the memory did not predict is written (Rescorla and Wagner 1972).
 *
 *   S_t = S~_t + beta_t (v_t - S~_t k_t) k_t^T        o_t = S_t q_t
 *
 * Chunk form: `correctionChunks` with beta k as the key that writes; `correctInChunks` where the decay is per key
 * channel or several queries read one memory.
 */
export const delta: LearningRule = {
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
    measure: (x) => tf.mul(signalOf(x, 'beta'), tf.sum(tf.square(x.k), 2)),
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
    if (xs.logDecay?.rank === 4 || queriesPerMemory(xs) > 1) return correctAndRead(state, xs, chunkSize);
    const chunks = chunksOf(xs.q.shape[2] ?? 0, chunkSize);
    const { q, k, v } = splitInputs(xs, chunks);
    const w = splitVectors(tf.mul(xs.k, asFactor(signalOf(xs, 'beta'))), chunks);
    const { outputs, final } = correctionChunks(
      { q, k, w, v, ...momentsOf(xs), state: state?.S },
      chunks,
      'content',
    );
    return { outputs: joinVectors(outputs, chunks), state: { S: final } };
  },
};

/** With a decay of either kind, per key channel Kimi Delta Attention, and any number of queries a memory. */
function correctAndRead(state: RuleState | undefined, xs: SequenceInput, chunkSize: number): SequenceResult {
  const decay = keyDecay(xs, chunkSize);
  const { chunks } = decay;
  const queries = queryGroups(xs).map((q) => splitVectors(q, chunks));
  const [k, v] = [splitVectors(xs.k, chunks), splitVectors(xs.v, chunks)];
  const write = splitVectors(tf.mul(xs.k, asFactor(signalOf(xs, 'beta'))), chunks);
  const { errors, starts, final } = correctInChunks(decay, { read: k, write, content: v }, state?.S);
  const outputs = queries.map((q) => {
    const local = tf.matMul(decay.scores(q, write), errors);
    const all = starts ? tf.add(local, tf.matMul(decay.fromStart(q), starts, false, true)) : local;
    return joinVectors(all, chunks);
  });
  return { outputs: joinGroups(outputs), state: { S: final } };
}
