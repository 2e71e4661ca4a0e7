import { z } from 'zod';
import { required } from '../core/required.js';
import { count, type Issue, natural } from '../core/schema.js';
import { tf, type Tensor } from '../core/tf.js';
import {
  constantSpec,
  matrixSpec,
  tapsSpec,
  type Weights,
  weightOf,
  type WeightSpec,
} from '../core/weights.js';
import { channelProjection } from '../ops/channelProjection.js';
import { linear } from '../ops/linear.js';
import { shortConvolution, shortConvolutionStep } from '../ops/shortConvolution.js';
import { swiglu } from '../ops/swiglu.js';
import { transposeMatrices } from '../ops/transposeMatrices.js';
import type { MixerState } from './contract.js';

/** Options of the mixers that project to queries, keys and values and gate their output. */
export const vectorOptions = {
  convolution: natural.default(4).describe('taps of the short causal convolution on q, k and v; 0 for none'),
  outputGate: z.boolean().default(true).describe("whether the heads' output is gated"),
  keyValueHeads: count
    .nullable()
    .default(null)
    .describe('memories per layer, each shared by heads / keyValueHeads queries; null for one per head'),
  momentumShift: z
    .boolean()
    .default(false)
    .describe('whether the query is q + gamma (q - the one before), gamma learned per head from 0'),
  keyShift: z
    .boolean()
    .default(false)
    .describe('whether the key is (1 - mu) k + mu (the one before), mu learned per key channel from 1/2'),
};

/** The options as they are when they are checked. */
export type VectorOptions = Readonly<z.output<z.ZodObject<typeof vectorOptions>>>;

/** Sizes of the query, key and value columns of a fused projection. */
export interface HeadSizes {
  /** Heads that ask. */
  readonly H: number;
  /** Memories, each read by H / M heads in a row. */
  readonly M: number;
  readonly K: number;
  readonly V: number;
  /** Keys and values that a memory is given per token, one after the other. */
  readonly writes: number;
}

/** The sizes that settings name. */
export function headSizes(settings: {
  readonly heads: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly keyValueHeads?: number | null;
}): HeadSizes {
  const { heads: H, keySize: K, valueSize: V, keyValueHeads } = settings;
  return { H, M: keyValueHeads ?? H, K, V, writes: 1 };
}

/** Heads share memories in groups of one size. */
export function sharingIssues({
  heads,
  keyValueHeads,
}: Pick<VectorOptions, 'keyValueHeads'> & { readonly heads: number }): Issue[] {
  if (keyValueHeads === null || heads % keyValueHeads === 0) return [];
  const message =
    `expected a divisor of the ${heads} heads, or null for one per head, got ${keyValueHeads}; ` +
    `heads that share a memory come in groups of one size`;
  return [{ path: ['keyValueHeads'], message }];
}

/** Width of the fused projection to queries, keys and values. */
export function fusedWidth({ H, M, K, V, writes }: HeadSizes): number {
  return H * K + M * writes * (K + V);
}

/** Shapes: [B,H*n,T] -> [B,H,T,n]. */
export function splitHeads(x: Tensor, H: number): Tensor {
  const [B = 0, width = 0, T = 0] = x.shape;
  const n = width / H;
  // Of one token the order of axes in memory is the same; a reshape copies nothing.
  if (T === 1) return tf.reshape(x, [B, H, 1, n]);
  return tf.reshape(transposeMatrices({ x: tf.reshape(x, [B * H, n, T]) }), [B, H, T, n]);
}

/** Shapes: [B,H,T,n] -> [B,T,H*n]. */
export function mergeHeads(x: Tensor): Tensor {
  const [B = 0, H = 0, T = 0, n = 0] = x.shape;
  if (T === 1) return tf.reshape(x, [B, 1, H * n]);
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B, T, H * n]);
}

/**
 * The channels of a fused projection `[B,H*K+M*n*(K+V),T]`, n writes per token: q `[B,H*K,T]`, k `[B,M*n*K,T]`, v
 * `[B,M*n*V,T]`.
 */
export interface FusedVectors {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

/** The three groups of channels of a fused projection. */
export function splitGroups(x: Tensor, { H, M, K, V, writes: n }: HeadSizes): FusedVectors {
  const [q, k, v] = tf.split(x, [H * K, M * n * K, M * n * V], 1);
  return { q: required(q, 'queries'), k: required(k, 'keys'), v: required(v, 'values') };
}

/** Channels `[B,E,T]` as tokens `[B,T,E]`, and back. */
function turned(x: Tensor): Tensor {
  const [B = 0, n = 0, m = 0] = x.shape;
  // Of one token, or channel, the order in memory is the same; a reshape copies nothing.
  return n === 1 || m === 1 ? tf.reshape(x, [B, m, n]) : tf.transpose(x, [0, 2, 1]);
}

/** The last tokens of `[B,T,E]`. */
function lastTokens(x: Tensor, length: number): Tensor {
  const [B = 0, T = 0, E = 0] = x.shape;
  return tf.slice(x, [0, T - length, 0], [B, length, E]);
}

/**
 * A short convolution of the next tokens, given the inputs of the last `taps - 1` before them.
 *
 * Shapes: x [B,E,T], w [E,taps] (undefined: no convolution), history [B,taps-1,E] (undefined for one tap) -> convolved
 * tokens [B,E,T], and the inputs to remember [B,taps-1,E], absent where there are none.
 */
export function carried(
  x: Tensor,
  w: Tensor | undefined,
  history: Tensor | undefined,
): { readonly mixed: Tensor; readonly history?: Tensor } {
  if (!w) return { mixed: x };
  if (!history) return { mixed: shortConvolution(x, w) };
  const [B = 0, E = 0, T = 0] = x.shape;
  const window = tf.concat([history, turned(x)], 1);
  const rest = { history: lastTokens(window, history.shape[1] ?? 0) };
  if (T === 1) return { mixed: tf.expandDims(shortConvolutionStep(window, w), 2), ...rest };
  const all = shortConvolution(turned(window), w);
  return { mixed: tf.slice(all, [0, 0, (all.shape[2] ?? 0) - T], [B, E, T]), ...rest };
}

/** The momentum shift as a convolution of two taps: -gamma for the query before, 1 + gamma for the query. */
function queryTaps(gamma: Tensor, channels: number): Tensor {
  const [H = 0] = gamma.shape;
  const each = tf.reshape(tf.mul(tf.expandDims(gamma, 1), tf.ones([1, channels / H])), [channels, 1]);
  return tf.concat([tf.neg(each), tf.add(each, 1)], 1);
}

/** Taps of the key before and the key, of which mu and 1 - mu count: w `[channels]`, mu = sigmoid(w). */
function keyTaps(w: Tensor): Tensor {
  const before = tf.expandDims(tf.sigmoid(w), 1);
  return tf.concat([before, tf.sub(1, before)], 1);
}

/**
 * Queries ahead of themselves: each moves on by a share of how it changed since the token before.
 *
 *   q_t + gamma (q_t - q_{t-1})        q_{-1} = 0 at the start of a document
 *
 * Shapes: q [B,H*K,T], gamma [H], documents [B,T] int32 -> [B,H*K,T].
 * Source: "Momentum Attention", arXiv:2602.04902, which also shifts keys; here queries alone, gamma learned.
 */
export function shiftQueries(q: Tensor, gamma: Tensor, documents?: Tensor): Tensor {
  return shortConvolution(q, queryTaps(gamma, q.shape[1] ?? 0), documents);
}

/**
 * Keys mixed with the one before.
 *
 *   (1 - mu) k_t + mu k_{t-1}      mu = sigmoid(w) for each channel, k_{-1} = 0 at the start of a document
 *
 * Shapes: k [B,M*n*K,T], w [M*n*K], documents [B,T] int32 -> [B,M*n*K,T].
 * Source: the token shift of Peng et al. 2023, arXiv:2305.13048 (RWKV), there of the projections' input; here of the
 * keys after convolution and feature map.
 */
function shiftKeys(k: Tensor, w: Tensor, documents?: Tensor): Tensor {
  return shortConvolution(k, keyTaps(w), documents);
}

type Map = (vectors: Tensor) => FusedVectors;

/**
 * Queries, keys and values of whole sequences: projected, convolved, mapped by `map`, queries and keys shifted.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> q [B,H*K,T], k [B,M*n*K,T], v [B,M*n*V,T] of n writes.
 */
export function vectorsOf(weights: Weights, x: Tensor, map: Map, documents?: Tensor): FusedVectors {
  const projected = channelProjection(x, weightOf(weights, 'qkv'));
  const { convolution, momentum, keyShift } = weights;
  const vectors = map(convolution ? shortConvolution(projected, convolution, documents) : projected);
  return {
    q: momentum ? shiftQueries(vectors.q, momentum, documents) : vectors.q,
    k: keyShift ? shiftKeys(vectors.k, keyShift, documents) : vectors.k,
    v: vectors.v,
  };
}

/** `vectorsOf` of the next tokens, from what was carried of those before; gives what to carry on. */
export function nextVectors(
  weights: Weights,
  x: Tensor,
  map: Map,
  state: MixerState,
): FusedVectors & { readonly carry: MixerState } {
  const projected = channelProjection(x, weightOf(weights, 'qkv'));
  const { mixed, history } = carried(projected, weights.convolution, state.convolution);
  const vectors = map(mixed);
  const { momentum, keyShift } = weights;
  const { mixed: q, history: query } = carried(
    vectors.q,
    momentum && queryTaps(momentum, vectors.q.shape[1] ?? 0),
    state.query,
  );
  const { mixed: k, history: key } = carried(vectors.k, keyShift && keyTaps(keyShift), state.key);
  const carry = { ...(history && { convolution: history }), ...(query && { query }), ...(key && { key }) };
  return { q, k, v: vectors.v, carry };
}

/**
 * What `nextVectors` carries before the first token: inputs of the convolution at the last `taps - 1` tokens
 * `[B,taps-1,H*K+M*n*(K+V)]`, the last query before its shift `[B,1,H*K]` and the last key before its own `[B,1,M*n*K]`;
 * each absent where it is not needed.
 */
export function initCarry(
  { convolution: taps, momentumShift, keyShift }: VectorOptions,
  sizes: HeadSizes,
  batchSize: number,
): MixerState {
  return {
    ...(taps > 1 && { convolution: tf.zeros([batchSize, taps - 1, fusedWidth(sizes)]) }),
    ...(momentumShift && { query: tf.zeros([batchSize, 1, sizes.H * sizes.K]) }),
    ...(keyShift && { key: tf.zeros([batchSize, 1, sizes.M * sizes.writes * sizes.K]) }),
  };
}

/** Names of the matrices that read a mixer's input. */
export const INPUTS: readonly string[] = ['qkv', 'controls', 'outputGate'];

/** Weights of `vectorsOf` on width D. `qkv` has the columns of all queries, then all keys, then all values. */
export function vectorSpecs(options: VectorOptions, sizes: HeadSizes, D: number): WeightSpec[] {
  const width = fusedWidth(sizes);
  return [
    matrixSpec('qkv', D, width),
    ...(options.convolution > 0 ? [tapsSpec('convolution', width, options.convolution)] : []),
    ...(options.momentumShift ? [constantSpec('momentum', [sizes.H], 0)] : []),
    ...(options.keyShift ? [constantSpec('keyShift', [sizes.M * sizes.writes * sizes.K], 0)] : []),
  ];
}

/** The weight of the output gate on width D, where there is one. */
export function outputGateSpecs({ outputGate }: VectorOptions, { H, V }: HeadSizes, D: number): WeightSpec[] {
  return outputGate ? [matrixSpec('outputGate', D, H * V)] : [];
}

/** Read-outs times silu of a projection of the input, where the weights have an output gate. */
export function gated({ outputGate }: Weights, x: Tensor, outputs: Tensor): Tensor {
  return outputGate ? swiglu(linear(x, outputGate), outputs) : outputs;
}
