import { tf, type Tensor } from '../core/tf.js';
import { matrixSpec, type Weights, weightOf, type WeightSpec } from '../core/weights.js';
import { linear } from '../ops/linear.js';
import { segmentsOf } from '../ops/segments.js';
import { writeRow } from '../ops/writeRow.js';
import type { MixerPlan, MixerState, SettingsOf, sizes } from './contract.js';
import {
  type FusedVectors,
  gated,
  headSizes,
  type HeadSizes,
  initCarry,
  INPUTS,
  mergeHeads,
  nextVectors,
  outputGateSpecs,
  splitGroups,
  splitHeads,
  vectorOptions,
  vectorSpecs,
  vectorsOf,
} from './vectors.js';

/** Added to the scores of what may not be seen: its exponential is exactly 0 in float32. */
const HIDDEN = -1e9;

/** `[T, before + T]`: 0 where token t may see position s (of which `before` precede the first token), else hidden. */
function causalBias(T: number, before: number): Tensor {
  const tokens = tf.range(before, before + T);
  const positions = tf.range(0, before + T);
  const later = tf.greater(tf.expandDims(positions, 0), tf.expandDims(tokens, 1));
  return tf.mul(tf.cast(later, 'float32'), HIDDEN);
}

/** `[B,1,T,T]`: hidden where two tokens are of different documents. */
function documentBias(documents: Tensor): Tensor {
  const segments = segmentsOf(documents);
  const differ = tf.notEqual(tf.expandDims(segments, 2), tf.expandDims(segments, 1));
  return tf.expandDims(tf.mul(tf.cast(differ, 'float32'), HIDDEN), 1);
}

/**
 * Of the cache: keys `[B,M,L,K]`, values `[B,M,L,V]`, and the numbers of the tokens in its places `[B,L]`: from 1 on, 0
 * where there is none. Token n lies in place (n - 1) mod L, whose order does not matter to what is read.
 */
function initCache({ M, K, V }: HeadSizes, batchSize: number, length: number): MixerState {
  return {
    keys: tf.zeros([batchSize, M, length, K]),
    values: tf.zeros([batchSize, M, length, V]),
    numbers: tf.zeros([batchSize, length]),
  };
}

/** x mod L of whole numbers that are not negative, exact up to 2^24. */
function modulo(x: Tensor, L: number): Tensor {
  return tf.sub(x, tf.mul(L, tf.floor(tf.div(x, L))));
}

/** `[B,1,1,L]`: hidden where a place holds no token. */
function emptyBias(numbers: Tensor): Tensor {
  const [B = 0, L = 0] = numbers.shape;
  return tf.reshape(tf.mul(tf.cast(tf.equal(numbers, 0), 'float32'), HIDDEN), [B, 1, 1, L]);
}

/** The cache with one more token, which sees it; only the place of that token is written. */
function withToken({ q, k, v }: FusedVectors, cache: MixerState) {
  const before = weightOf(cache, 'numbers');
  const [B = 0, L = 0] = before.shape;
  const count = tf.max(before, 1); // [B]
  const slot = tf.cast(modulo(count, L), 'int32');
  const next = tf.reshape(tf.add(count, 1), [B, 1, 1, 1]);
  const numbers = tf.reshape(writeRow(tf.reshape(before, [B, 1, L, 1]), next, slot), [B, L]);
  const keys = writeRow(weightOf(cache, 'keys'), k, slot);
  const values = writeRow(weightOf(cache, 'values'), v, slot);
  return { seen: { q, k: keys, v: values }, bias: emptyBias(numbers), cache: { keys, values, numbers } };
}

/** Several tokens, which see the cache and each those before it; and the cache after them. */
function withTokens({ q, k, v }: FusedVectors, cache: MixerState) {
  const before = weightOf(cache, 'numbers');
  const [B = 0, L = 0] = before.shape;
  const T = q.shape[2] ?? 0;
  const [keys, values] = [weightOf(cache, 'keys'), weightOf(cache, 'values')];
  const count = tf.expandDims(tf.max(before, 1), 1); // [B,1]
  // The last of the tokens that a place is for; negative where that is one before them.
  const sinceThen = modulo(tf.add(tf.sub(tf.add(count, T - 1), tf.range(0, L)), L), L);
  const token = tf.sub(T - 1, sinceThen); // [B,L]
  const isNew = tf.greaterEqual(token, 0);
  const chosen = tf.cast(tf.equal(tf.expandDims(token, 2), tf.range(0, T)), 'float32'); // [B,L,T]
  // Sums of one term, so exact.
  const put = (old: Tensor, fresh: Tensor): Tensor =>
    tf.where(tf.reshape(isNew, [B, 1, L, 1]), tf.matMul(tf.expandDims(chosen, 1), fresh), old);
  const both = tf.concat([emptyBias(before), tf.zeros([B, 1, 1, T])], 3);
  return {
    seen: { q, k: tf.concat([keys, k], 2), v: tf.concat([values, v], 2) },
    bias: tf.minimum(causalBias(T, L), both),
    cache: {
      keys: put(keys, k),
      values: put(values, v),
      numbers: tf.where(isNew, tf.add(tf.add(count, token), 1), before),
    },
  };
}

/** What heads read of all tokens they may see. */
export interface Attention {
  /** Weights beside those of queries, keys, values and output. */
  specs(sizes: HeadSizes): WeightSpec[];
  /**
   * Shapes: q [B,H,T,K], k [B,M,S,K], v [B,M,S,V], bias [T,S] or [B,1,T,S], very negative where a token may not be seen
   * -> [B,H,T,V].
   */
  attend(weights: Weights, vectors: FusedVectors, bias: Tensor): Tensor;
  /** Operations per token and head that looks back over so many. */
  operations(sizes: HeadSizes, seen: number): number;
}

export type AttentionSettings = Pick<
  SettingsOf<typeof vectorOptions>,
  keyof typeof vectorOptions | keyof typeof sizes | 'outputScale'
>;

/** Heads that keep the last tokens and read them by an attention. */
export function planAttention(settings: AttentionSettings, attention: Attention): MixerPlan {
  const own = headSizes(settings);
  const { H, M } = own;
  const map = (mixed: Tensor): FusedVectors => splitGroups(mixed, own);
  const apart = ({ q, k, v }: FusedVectors): FusedVectors => ({
    q: splitHeads(q, H),
    k: splitHeads(k, M),
    v: splitHeads(v, M),
  });
  const readOut = (weights: Weights, x: Tensor, outputs: Tensor): Tensor =>
    linear(gated(weights, x, mergeHeads(outputs)), weightOf(weights, 'output'));
  return {
    specs: (D) => [
      ...vectorSpecs(settings, own, D),
      ...attention.specs(own),
      ...outputGateSpecs(settings, own, D),
      matrixSpec('output', H * own.V, D, settings.outputScale),
    ],
    inputs: INPUTS,
    forward: (weights, x, documents) => {
      const causal = causalBias(x.shape[1] ?? 0, 0);
      const bias = documents ? tf.minimum(causal, documentBias(documents)) : causal;
      const outputs = attention.attend(weights, apart(vectorsOf(weights, x, map, documents)), bias);
      return readOut(weights, x, outputs);
    },
    initState: (batchSize, cacheLength) => ({
      ...initCache(own, batchSize, cacheLength),
      ...initCarry(settings, own, batchSize),
    }),
    next: (weights, x, state) => {
      const { carry, ...vectors } = nextVectors(weights, x, map, state);
      const tokens = apart(vectors);
      const { seen, bias, cache } =
        tokens.q.shape[2] === 1 ? withToken(tokens, state) : withTokens(tokens, state);
      const outputs = attention.attend(weights, seen, bias);
      return { output: readOut(weights, x, outputs), state: { ...cache, ...carry } };
    },
    // It looks back over half of the tokens.
    operations: (length) => H * attention.operations(own, length / 2),
  };
}
