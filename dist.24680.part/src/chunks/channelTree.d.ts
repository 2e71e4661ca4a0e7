import { type Tensor } from '../core/tf.js';
/**
 * What is left of each channel of a memory at each token of chunks `[..,C,X]`, C a power of two: either the log
 * decays, or the factors themselves, of any sign. `continues` `[..,C,1]` is 0 where the memory restarts, else 1.
 */
export interface ChannelDecay {
    readonly kind: 'logs' | 'factors';
    readonly values: Tensor;
    readonly continues?: Tensor | undefined;
}
/**
 * Pairs of tokens i, j of one block of `size` that `seen` `[size,size]`, or one for each block, selects: what
 * is left at i of what was written at j is up_i down_j, `[..,C,X]` each, 1 where absent. Of factors, token i of
 * `spread` `[size,size]` says which pairs' weights its own factor is part of, by the token that reads or writes.
 */
export interface Level {
    readonly size: number;
    readonly seen: Tensor;
    readonly up?: Tensor;
    readonly down?: Tensor;
    readonly spread?: Tensor;
}
/** All pairs j <= i of a chunk, each in one level, and the chunk as a whole. */
export interface ChannelTree {
    readonly levels: readonly Level[];
    /** What is left at each token of the chunk's start, and at its end of each token, `[..,C,X]`. */
    readonly begin: Tensor;
    readonly end: Tensor;
    /** What is left of the start at the end, `[..,1,X]`. */
    readonly total: Tensor;
}
/**
 * Log decays below this are raised to it: the factor, 2e-9, is less than float32 resolves beside 1, and the
 * quotient of two running products inside a leaf, e^60 at most, cannot overflow.
 */
export declare const LEAST_CHANNEL_LOG = -20;
/** Factors without their zeros. */
export declare function nonZero(factors: Tensor): Tensor;
/**
 * The pairs of a chunk by level. Blocks of b tokens meet in pairs, for b = 1, 2, 4 .. C/2, as products of factors
 * and never as quotients of running products, so that none overflows and a factor may be zero or negative:
 *
 *   L_ij = a_{j+1} .. a_i = begin_i end_j        begin: from the right block's first token to i, i included
 *                                                end: from after j to the left block's last token
 *
 * Of log decays, pairs inside leaves of 4 are one level instead, L_ij = exp(c_i - c) exp(c - c_j) with c_i the
 * running sum and c that of the leaf's first token, so that not even rounding passes to an earlier token. A restart
 * is a factor of zero.
 */
export declare function channelTree(decay: ChannelDecay): ChannelTree;
/** Chunks `[..,C,X]` as blocks of `size` tokens `[.,size,X]`. */
export declare function inBlocks(x: Tensor, size: number): Tensor;
