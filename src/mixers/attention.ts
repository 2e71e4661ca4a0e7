import { tf, type Tensor } from '../core/tf.js';
import { matrixSpec, type Weights, weightOf, type WeightSpec } from '../core/weights.js';
import { linear } from '../ops/linear.js';
import { segmentsOf } from '../ops/segments.js';
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

/** The last `length` positions of axis 2 of `[B,H,S,n]`. */
function lastPositions(x: Tensor, length: number): Tensor {
  const [B = 0, H = 0, S = 0, n = 0] = x.shape;
  return tf.slice(x, [0, 0, S - length, 0], [B, H, length, n]);
}

/** Of the cache: keys `[B,M,L,K]`, values `[B,M,L,V]`, and 1 for the positions that hold a token `[B,L]`. */
function initCache({ M, K, V }: HeadSizes, batchSize: number, length: number): MixerState {
  return {
    keys: tf.zeros([batchSize, M, length, K]),
    values: tf.zeros([batchSize, M, length, V]),
    filled: tf.zeros([batchSize, length]),
  };
}

/** What the next tokens see: the cache, and those given with them; and the cache after them. */
function withCache({ q, k, v }: FusedVectors, cache: MixerState) {
  const [B = 0, , T = 0] = q.shape;
  const before = weightOf(cache, 'filled');
  const L = before.shape[1] ?? 0;
  const keys = tf.concat([weightOf(cache, 'keys'), k], 2);
  const values = tf.concat([weightOf(cache, 'values'), v], 2);
  const filled = tf.concat([before, tf.ones([B, T])], 1);
  const empty = tf.reshape(tf.mul(tf.sub(1, filled), HIDDEN), [B, 1, 1, L + T]);
  return {
    seen: { q, k: keys, v: values },
    bias: tf.minimum(causalBias(T, L), empty),
    cache: {
      keys: lastPositions(keys, L),
      values: lastPositions(values, L),
      filled: tf.slice(filled, [0, T], [B, L]),
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
      const { seen, bias, cache } = withCache(apart(vectors), state);
      const outputs = attention.attend(weights, seen, bias);
      return { output: readOut(weights, x, outputs), state: { ...cache, ...carry } };
    },
    // It looks back over half of the tokens.
    operations: (length) => H * attention.operations(own, length / 2),
  };
}
