import { z } from 'zod';
import { type Issue } from '../core/schema.js';
import { type Tensor } from '../core/tf.js';
import { type Weights, type WeightSpec } from '../core/weights.js';
import type { MixerState } from './contract.js';
/** Options of the mixers that project to queries, keys and values and gate their output. */
export declare const vectorOptions: {
    convolution: z.ZodDefault<z.ZodInt>;
    outputGate: z.ZodDefault<z.ZodBoolean>;
    keyValueHeads: z.ZodDefault<z.ZodNullable<z.ZodInt>>;
    momentumShift: z.ZodDefault<z.ZodBoolean>;
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
}
/** The sizes that settings name. */
export declare function headSizes(settings: {
    readonly heads: number;
    readonly keySize: number;
    readonly valueSize: number;
    readonly keyValueHeads?: number | null;
}): HeadSizes;
/** Heads share memories in groups of one size. */
export declare function sharingIssues({ heads, keyValueHeads, }: Pick<VectorOptions, 'keyValueHeads'> & {
    readonly heads: number;
}): Issue[];
/** Width of the fused projection to queries, keys and values. */
export declare function fusedWidth({ H, M, K, V }: HeadSizes): number;
/** Shapes: [B,H*n,T] -> [B,H,T,n]. */
export declare function splitHeads(x: Tensor, H: number): Tensor;
/** Shapes: [B,H,T,n] -> [B,T,H*n]. */
export declare function mergeHeads(x: Tensor): Tensor;
/** The channels of a fused projection `[B,H*K+M*(K+V),T]`: q `[B,H*K,T]`, k `[B,M*K,T]`, v `[B,M*V,T]`. */
export interface FusedVectors {
    readonly q: Tensor;
    readonly k: Tensor;
    readonly v: Tensor;
}
/** The three groups of channels of a fused projection. */
export declare function splitGroups(x: Tensor, { H, M, K, V }: HeadSizes): FusedVectors;
/**
 * Queries ahead of themselves: each moves on by a share of how it changed since the token before.
 *
 *   q_t + gamma (q_t - q_{t-1})        q_{-1} = 0 at the start of a document
 *
 * Shapes: q [B,H*K,T], gamma [H], documents [B,T] int32 -> [B,H*K,T].
 * Source: "Momentum Attention", arXiv:2602.04902, which also shifts keys; here queries alone, gamma learned.
 */
export declare function shiftQueries(q: Tensor, gamma: Tensor, documents?: Tensor): Tensor;
type Map = (vectors: Tensor) => FusedVectors;
/**
 * Queries, keys and values of whole sequences: projected, convolved, mapped by `map`, queries shifted.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> q [B,H*K,T], k [B,M*K,T], v [B,M*V,T].
 */
export declare function vectorsOf(weights: Weights, x: Tensor, map: Map, documents?: Tensor): FusedVectors;
/** `vectorsOf` of the next tokens, from what was carried of those before; gives what to carry on. */
export declare function nextVectors(weights: Weights, x: Tensor, map: Map, state: MixerState): FusedVectors & {
    readonly carry: MixerState;
};
/**
 * What `nextVectors` carries before the first token: inputs of the convolution at the last `taps - 1` tokens
 * `[B,H*K+M*(K+V),taps-1]`, and the last query before its shift `[B,H*K,1]`; each absent where it is not needed.
 */
export declare function initCarry({ convolution: taps, momentumShift }: VectorOptions, sizes: HeadSizes, batchSize: number): MixerState;
/** Names of the matrices that read a mixer's input. */
export declare const INPUTS: readonly string[];
/** Weights of `vectorsOf` on width D. `qkv` has the columns of all queries, then all keys, then all values. */
export declare function vectorSpecs(options: VectorOptions, sizes: HeadSizes, D: number): WeightSpec[];
/** The weight of the output gate on width D, where there is one. */
export declare function outputGateSpecs({ outputGate }: VectorOptions, { H, V }: HeadSizes, D: number): WeightSpec[];
/** Read-outs times silu of a projection of the input, where the weights have an output gate. */
export declare function gated({ outputGate }: Weights, x: Tensor, outputs: Tensor): Tensor;
export {};
