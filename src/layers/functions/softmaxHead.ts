import { channelProjection } from '../../ops/channelProjection.js';
import { segmentsOf } from '../../ops/segments.js';
import { shortConvolution } from '../../ops/shortConvolution.js';
import { swiglu } from '../../ops/swiglu.js';
import { tf, type Tensor } from '../../core/tf.js';
import { matrixSpec, tapsSpec, type Weights, weightOf, type WeightSpec } from '../weights.js';
import { carriedConvolution } from './carriedConvolution.js';
import type { HeadResult } from './conditioningHead.js';
import type { HeadOptions } from '../headDefaults.js';
import {
  fusedWidth,
  type FusedVectors,
  type HeadSizes,
  mergeHeads,
  splitGroups,
  splitHeads,
} from './headParts.js';
import { linear } from './linear.js';
import { carriedShift, momentumSpec, shiftQueries } from './momentumShift.js';

/** Everything that decides a softmax head but its weights. */
export interface SoftmaxOptions extends Pick<HeadOptions, 'keyValueHeads' | 'momentumShift'> {
  readonly heads: number;
  /** K, key size of one head. */
  readonly keySize: number;
  /** V, value size of one head. */
  readonly valueSize: number;
  /** Taps of the short convolution; 0 for none. */
  readonly convolution: number;
  readonly outputGate: boolean;
  /** Factor on the standard deviation of the output projection at initialisation. */
  readonly outputScale: number;
}

/**
 * What a softmax head carries: the last tokens themselves. Unlike a conditioning head's state this has a
 * fixed length L chosen beforehand; tokens more than L back are no longer seen.
 */
export interface SoftmaxState {
  /** Inputs of the convolution at the last `taps - 1` tokens; absent without one. */
  readonly convolution?: Tensor;
  /** The last query, before its shift, `[B,H*K,1]`; absent without momentum. */
  readonly query?: Tensor;
  /** `[B,M,L,K]` */
  readonly keys: Tensor;
  /** `[B,M,L,V]` */
  readonly values: Tensor;
  /** 1 for the places of the cache that hold a token, `[B,L]`. */
  readonly filled: Tensor;
}

/** Added to the scores of what may not be seen: its exponential is exactly 0 in float32. */
const HIDDEN = -1e9;

function sizesOf({ heads: H, keyValueHeads, keySize: K, valueSize: V }: SoftmaxOptions): HeadSizes {
  return { H, M: keyValueHeads ?? H, K, V };
}

/** Weights of `softmaxHead` on width D, laid out as a conditioning head's. */
export function softmaxHeadSpecs(options: SoftmaxOptions, D: number): WeightSpec[] {
  const width = fusedWidth(sizesOf(options));
  const values = options.heads * options.valueSize;
  return [
    matrixSpec('qkv', D, width),
    ...(options.convolution > 0 ? [tapsSpec('convolution', width, options.convolution)] : []),
    ...(options.momentumShift ? [momentumSpec(options.heads)] : []),
    ...(options.outputGate ? [matrixSpec('outputGate', D, values)] : []),
    matrixSpec('output', values, D, options.outputScale),
  ];
}

/**
 * softmax(q kᵀ / sqrt(K) + bias) v. Shapes: q [B,H,T,K], k [B,M,S,K], v [B,M,S,V], bias broadcast. Heads that share
 * keys and values stand in a row, so that their queries are more rows of one product.
 */
function attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor): Tensor {
  const [B = 0, H = 0, T = 0, K = 0] = q.shape;
  const [, M = 0] = k.shape;
  const shared = (x: Tensor): Tensor => (M === H ? x : tf.reshape(x, [B, M, (H / M) * T, x.shape[3] ?? 0]));
  const apart = (x: Tensor): Tensor => (M === H ? x : tf.reshape(x, [B, H, T, x.shape[3] ?? 0]));
  const scores = apart(tf.matMul(shared(tf.mul(q, 1 / Math.sqrt(K))), k, false, true)); // [B,H,T,S]
  return apart(tf.matMul(shared(tf.softmax(tf.add(scores, bias))), v));
}

/** `[T, before + T]`: 0 where token t may see place s (of which `before` precede the first token), else hidden. */
function causalBias(T: number, before: number): Tensor {
  const tokens = tf.range(before, before + T);
  const places = tf.range(0, before + T);
  const later = tf.greater(tf.expandDims(places, 0), tf.expandDims(tokens, 1));
  return tf.mul(tf.cast(later, 'float32'), HIDDEN);
}

/** `[B,1,T,T]`: hidden where two tokens are of different documents. */
function documentBias(documents: Tensor): Tensor {
  const segments = segmentsOf(documents);
  const differ = tf.notEqual(tf.expandDims(segments, 2), tf.expandDims(segments, 1));
  return tf.expandDims(tf.mul(tf.cast(differ, 'float32'), HIDDEN), 1);
}

function headVectors(options: SoftmaxOptions, { q, k, v }: FusedVectors): FusedVectors {
  const { H, M } = sizesOf(options);
  return { q: splitHeads(q, H), k: splitHeads(k, M), v: splitHeads(v, M) };
}

function readOut(weights: Weights, options: SoftmaxOptions, x: Tensor, outputs: Tensor): Tensor {
  const merged = mergeHeads(outputs);
  const gated = options.outputGate ? swiglu(linear(x, weightOf(weights, 'outputGate')), merged) : merged;
  return linear(gated, weightOf(weights, 'output'));
}

/**
 * The baseline: causal softmax attention, with the conditioning head's short convolution and output gate and
 * no positions (the convolution tells neighbours apart).
 *
 *   y = (softmax(q kᵀ / sqrt(K)) v silu(x W_gate)) W_out,   q, k, v = conv(x W_qkv)
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; documents never see each other.
 * Source: Vaswani et al. 2017, arXiv:1706.03762; without positions, Kazemnejad et al. 2023, arXiv:2305.19466.
 */
export function softmaxHead(
  weights: Weights,
  options: SoftmaxOptions,
  x: Tensor,
  documents?: Tensor,
): Tensor {
  const T = x.shape[1] ?? 0;
  const projected = channelProjection(x, weightOf(weights, 'qkv'));
  const mixed =
    options.convolution > 0
      ? shortConvolution(projected, weightOf(weights, 'convolution'), documents)
      : projected;
  const groups = splitGroups(mixed, sizesOf(options));
  const queries = options.momentumShift
    ? shiftQueries(groups.q, weightOf(weights, 'momentum'), documents)
    : groups.q;
  const { q, k, v } = headVectors(options, { ...groups, q: queries });
  const causal = causalBias(T, 0);
  const bias = documents ? tf.minimum(causal, documentBias(documents)) : causal;
  return readOut(weights, options, x, attend(q, k, v, bias));
}

/** An empty cache of `length` tokens for `rows` sequences. */
export function initSoftmaxState(options: SoftmaxOptions, rows: number, length: number): SoftmaxState {
  const { H, M, K, V } = sizesOf(options);
  const { convolution: taps, momentumShift } = options;
  return {
    keys: tf.zeros([rows, M, length, K]),
    values: tf.zeros([rows, M, length, V]),
    filled: tf.zeros([rows, length]),
    ...(taps > 1 && { convolution: tf.zeros([rows, fusedWidth(sizesOf(options)), taps - 1]) }),
    ...(momentumShift && { query: tf.zeros([rows, H * K, 1]) }),
  };
}

/** Bytes that the cache of a token takes in `initSoftmaxState`, a row. */
export function cachedBytes(options: SoftmaxOptions): number {
  const { M, K, V } = sizesOf(options);
  return 4 * (M * (K + V) + 1);
}

/** The last `length` places of axis 2 of `[B,H,S,n]`. */
function lastPlaces(x: Tensor, length: number): Tensor {
  const [B = 0, H = 0, S = 0, n = 0] = x.shape;
  return tf.slice(x, [0, 0, S - length, 0], [B, H, length, n]);
}

/**
 * `softmaxHead` on the next tokens of one document a row. Equal to the full pass while the cache holds every
 * token so far; afterwards each token sees the last L of the cache and those given with it.
 *
 * Shapes: x [B,T,D] -> output [B,T,D].
 */
export function softmaxHeadNext(
  weights: Weights,
  options: SoftmaxOptions,
  x: Tensor,
  state: SoftmaxState,
): HeadResult<SoftmaxState> {
  const [B = 0, T = 0] = x.shape;
  const L = state.filled.shape[1] ?? 0;
  const projected = channelProjection(x, weightOf(weights, 'qkv'));
  const { mixed, ...convolution } = carriedConvolution(projected, weights.convolution, state.convolution);
  const groups = splitGroups(mixed, sizesOf(options));
  const { q: shifted, ...query } = carriedShift(groups.q, weights.momentum, state.query);
  const { q, k, v } = headVectors(options, { ...groups, q: shifted });
  const keys = tf.concat([state.keys, k], 2);
  const values = tf.concat([state.values, v], 2);
  const filled = tf.concat([state.filled, tf.ones([B, T])], 1);
  const empty = tf.reshape(tf.mul(tf.sub(1, filled), HIDDEN), [B, 1, 1, L + T]);
  const outputs = attend(q, keys, values, tf.minimum(causalBias(T, L), empty));
  return {
    output: readOut(weights, options, x, outputs),
    state: {
      ...convolution,
      ...query,
      keys: lastPlaces(keys, L),
      values: lastPlaces(values, L),
      filled: tf.slice(filled, [0, T], [B, L]),
    },
  };
}
