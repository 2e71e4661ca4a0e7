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

/** What is added to scores, of the shape of the flags. */
const hiding = (flags: Tensor): Tensor => tf.mul(tf.cast(flags, 'float32'), HIDDEN);

/** `[T,T]`: hidden where one token is later than the other. */
function causalBias(T: number): Tensor {
  const tokens = tf.range(0, T);
  return hiding(tf.greater(tf.expandDims(tokens, 0), tf.expandDims(tokens, 1)));
}

/** `[B,1,T,T]`: hidden where two tokens are of different documents. */
function documentBias(documents: Tensor): Tensor {
  const segments = segmentsOf(documents);
  const differ = tf.notEqual(tf.expandDims(segments, 2), tf.expandDims(segments, 1));
  return tf.expandDims(hiding(differ), 1);
}

/**
 * Of the cache: keys `[B,M,L,K]`, values `[B,M,L,V]`, and how many tokens there were `[B,1]`. Token n, from 0 on, lies in
 * place n mod L; the order of places does not matter to what is read.
 */
function initCache({ M, K, V }: HeadSizes, batchSize: number, length: number): MixerState {
  return {
    keys: tf.zeros([batchSize, M, length, K]),
    values: tf.zeros([batchSize, M, length, V]),
    count: tf.zeros([batchSize, 1]),
  };
}

const cacheOf = (cache: MixerState): readonly [keys: Tensor, values: Tensor, count: Tensor] => [
  weightOf(cache, 'keys'),
  weightOf(cache, 'values'),
  weightOf(cache, 'count'),
];

/** x mod L of whole numbers that are not negative, exact up to 2^24. */
function modulo(x: Tensor, L: number): Tensor {
  return tf.sub(x, tf.mul(L, tf.floor(tf.div(x, L))));
}

/** `[B,1,1,L]`: hidden where it is said, `[B,L]`. */
function hiddenBias(hidden: Tensor): Tensor {
  const [B = 0, L = 0] = hidden.shape;
  return tf.reshape(hiding(hidden), [B, 1, 1, L]);
}

/** Tokens that queries may see, and the cache after them. */
interface Read {
  readonly seen: readonly [Seen, ...Seen[]];
  readonly cache: MixerState;
}

/** Places `[B,L]` in which there is no token yet. */
const isEmpty = (count: Tensor, L: number): Tensor => tf.greaterEqual(tf.range(0, L), count);

/** One token, which sees the cache as it was and itself; only its place is written, and what is written is not read. */
function withToken({ k, v }: FusedVectors, cache: MixerState): Read {
  const [keys, values, count] = cacheOf(cache);
  const [B = 0, , L = 0] = keys.shape;
  const place = modulo(count, L);
  // In its place there may still be the token that goes.
  const hidden = tf.logicalOr(isEmpty(count, L), tf.equal(tf.range(0, L), place));
  const slot = tf.reshape(tf.cast(place, 'int32'), [B]);
  return {
    seen: [
      { k: keys, v: values, bias: hiddenBias(hidden) },
      { k, v },
    ],
    cache: { keys: writeRow(keys, k, slot), values: writeRow(values, v, slot), count: tf.add(count, 1) },
  };
}

/** Several tokens, which see the cache and each those before it; and the cache after them. */
function withTokens({ q, k, v }: FusedVectors, cache: MixerState): Read {
  const [keys, values, count] = cacheOf(cache);
  const [B = 0, , L = 0] = keys.shape;
  const T = q.shape[2] ?? 0;
  // The last of the tokens that a place is for; negative where that is one before them.
  const sinceThen = modulo(tf.add(tf.sub(tf.add(count, T - 1), tf.range(0, L)), L), L);
  const token = tf.sub(T - 1, sinceThen); // [B,L]
  const isNew = tf.greaterEqual(token, 0);
  const chosen = tf.cast(tf.equal(tf.expandDims(token, 2), tf.range(0, T)), 'float32'); // [B,L,T]
  // Sums of one term, so exact.
  const put = (old: Tensor, fresh: Tensor): Tensor =>
    tf.where(tf.reshape(isNew, [B, 1, L, 1]), tf.matMul(tf.expandDims(chosen, 1), fresh), old);
  return {
    seen: [
      { k: keys, v: values, bias: hiddenBias(isEmpty(count, L)) },
      { k, v, bias: causalBias(T) },
    ],
    cache: { keys: put(keys, k), values: put(values, v), count: tf.add(count, T) },
  };
}

/** Tokens that queries may see: k `[B,M,S,K]`, v `[B,M,S,V]`. */
export interface Seen {
  readonly k: Tensor;
  readonly v: Tensor;
  /** Added to scores `[B,H,T,S]`, of a shape that is broadcast to it: very negative where a token may not be seen. */
  readonly bias?: Tensor;
}

/** Tokens in pieces as one piece; several are copied. */
export function inOnePiece(q: Tensor, pieces: readonly [Seen, ...Seen[]]): Required<Seen> {
  const [{ bias: only, ...first }] = pieces;
  if (only && pieces.length === 1) return { ...first, bias: only };
  const [B = 0, , T = 0] = q.shape;
  const biases = pieces.map(({ k, bias = tf.scalar(0) }) =>
    tf.add(bias, tf.zeros([B, 1, T, k.shape[2] ?? 0])),
  );
  const keys = pieces.map(({ k }) => k);
  const values = pieces.map(({ v }) => v);
  return { k: tf.concat(keys, 2), v: tf.concat(values, 2), bias: tf.concat(biases, 3) };
}

/** What heads read of all tokens they may see. */
export interface Attention {
  /** Weights beside those of queries, keys, values and output. */
  specs(sizes: HeadSizes): WeightSpec[];
  /** Shapes: q [B,H,T,K] -> [B,H,T,V]. Tokens come in pieces, such as a cache and what follows it. */
  attend(weights: Weights, q: Tensor, pieces: readonly [Seen, ...Seen[]]): Tensor;
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
      const causal = causalBias(x.shape[1] ?? 0);
      const bias = documents ? tf.minimum(causal, documentBias(documents)) : causal;
      const { q, k, v } = apart(vectorsOf(weights, x, map, documents));
      return readOut(weights, x, attention.attend(weights, q, [{ k, v, bias }]));
    },
    initState: (batchSize, cacheLength) => ({
      ...initCache(own, batchSize, cacheLength),
      ...initCarry(settings, own, batchSize),
    }),
    next: (weights, x, state) => {
      const { carry, ...vectors } = nextVectors(weights, x, map, state);
      const tokens = apart(vectors);
      const { seen, cache } = tokens.q.shape[2] === 1 ? withToken(tokens, state) : withTokens(tokens, state);
      const outputs = attention.attend(weights, tokens.q, seen);
      return { output: readOut(weights, x, outputs), state: { ...cache, ...carry } };
    },
    // It looks back over half of the tokens.
    operations: (length) => H * attention.operations(own, length / 2),
  };
}
