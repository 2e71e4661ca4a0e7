import { type Tensor } from '../core/tf.js';
/**
 * A sequence of T tokens as N chunks of C, the last padded with zeros.
 *
 * Zero keys and signals write nothing and a zero log decay forgets nothing, so the padding changes neither the
 * outputs of real tokens nor the state.
 */
export interface Chunks {
    readonly T: number;
    readonly C: number;
    readonly N: number;
}
/** Chunks of `chunkSize` tokens, or one of all where the sequence is shorter. */
export declare function chunksOf(T: number, chunkSize: number): Chunks;
/** The same with C a power of two, the least that holds them. */
export declare function powerOfTwoChunks(T: number, chunkSize: number): Chunks;
/** `[B,H,T,X]` in chunks `[B,H,N,C,X]`, padded with `padding`. */
export declare function split(x: Tensor, { T, C, N }: Chunks, padding?: number): Tensor;
/** `[B,H,N,C,X]` back to `[B,H,T,X]`, without the padding. */
export declare function join(x: Tensor, { T, C, N }: Chunks): Tensor;
/** A tensor with `count` more elements along an axis, all of them `padding`. */
export declare function padded(x: Tensor, axis: number, count: number, padding?: number): Tensor;
/** `x` times a factor that is absent where it would be 1. */
export declare function scaled(x: Tensor, factor: Tensor | undefined): Tensor;
/** Rows `[B,H,N,1,X]` as columns `[B,H,N,X,1]`. */
export declare function asColumn(row: Tensor): Tensor;
/**
 * How many queries read each memory, G: heads of q over heads of k. Query head g + G m reads memory m.
 *
 * @throws ShapeError when the heads of q are no multiple of those of k.
 */
export declare function queriesPerMemory({ q, k }: {
    readonly q: Tensor;
    readonly k: Tensor;
}): number;
/** Queries `[B,G M,..]` as G of one per memory, `[B,M,..]` each. */
export declare function queryGroups(xs: {
    readonly q: Tensor;
    readonly k: Tensor;
}): Tensor[];
/** What each of G groups read, `[B,M,..]` each, as one `[B,G M,..]`. */
export declare function joinGroups(outputs: readonly Tensor[]): Tensor;
