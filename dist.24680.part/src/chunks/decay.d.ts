import { type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';
import { type Chunks } from './layout.js';
/** What a memory's log decay is given for: nothing, each token, or each token and key channel. */
export type DecayKind = 'none' | 'perToken' | 'perChannel';
/** The kind of a log decay, which has the rank of the keys where it is per channel. */
export declare function decayKind(logDecay: Tensor | undefined, keyRank: number): DecayKind;
/**
 * What is left, at one token of a sequence in chunks, of what a memory held at another: L_ij at token i of what was
 * written at token j of the same chunk. Per channel L_ijx is that of channel x of the vectors; per token it is the
 * same for all x. Restarts are total decay.
 *
 * Shapes: vectors a, b, w, x `[B,H,N,C,X]` · matrices m `[B,H,N,C,C]`.
 */
export interface ChunkDecay {
    /** Intra-chunk scores `sum_x a_ix b_jx L_ijx` for j <= i, else 0: `[B,H,N,C,C]`. */
    scores(a: Tensor, b: Tensor): Tensor;
    /** The same, but of use for j < i only. */
    overlaps(a: Tensor, b: Tensor): Tensor;
    /** The intra-chunk mixture `sum_{j <= i} m_ij L_ijx w_jx`: `[B,H,N,C,X]`. */
    mix(m: Tensor, w: Tensor): Tensor;
    /** Vectors times what is left at their token of the state at the chunk's start. */
    fromStart(x: Tensor): Tensor;
    /** Vectors times what is left of them at the chunk's end. */
    toEnd(x: Tensor): Tensor;
    /** What is left at a chunk's end of the state at its start, `[.,.,N,1,1 or X]`; absent where all is. */
    readonly interChunk: Tensor | undefined;
}
/** The decay of an axis of the memory that has none, where the other axis has one, and with it the causal mask. */
export declare const UNDECAYED: ChunkDecay;
/** What of a sequence says how its memory decays: documents restart it. */
export type DecayInputs = Pick<SequenceInput, 'k' | 'logDecay' | 'documents'>;
/** How a sequence is cut into chunks: a decay per channel wants a power of two. */
export declare function chunksFor({ k, logDecay }: DecayInputs, chunkSize: number): Chunks;
/** The decay of a sequence, of whichever kind. */
export declare function chunkDecay(xs: DecayInputs, chunks: Chunks): ChunkDecay;
/** A decay by factors of any sign per channel, `[B,H,T,X]` (B may be 1), in chunks of a power of two. */
export declare function factorDecay(factors: Tensor, xs: DecayInputs, chunks: Chunks): ChunkDecay;
/** 0 at the first token of each document but the row's first, else 1: documents `[B,T]` to `[B,1,T,1]`. */
export declare function restartFactors(documents: Tensor): Tensor;
/** A decay per token, or none, by its matrices; those that are absent are 1 throughout. */
export interface TokenDecay extends ChunkDecay {
    readonly chunks: Chunks;
    /** L `[.,.,N,C,C]`, or the causal mask `[C,C]` where nothing decays and nothing restarts. */
    readonly intraChunk: Tensor;
    readonly decayFromStart: Tensor | undefined;
    readonly decayToEnd: Tensor | undefined;
    /** L of a memory that only restarts: 1 where token i sees token j, else 0. */
    visible(): Tensor;
}
/**
 * The decay of a sequence per token. With c the running sum of the log decays of a chunk:
 *
 *   intraChunk: exp(c_i - c_j) for j <= i in one document, else 0
 *   decayFromStart: exp(c_i)   decayToEnd: exp(c_C - c_j)   interChunk: exp(c_C)   each 0 where a document ends
 *
 * Shapes: logDecay `[b,h,T]`, where b and h may be 1 · documents `[B,T]`.
 */
export declare function tokenDecay(xs: Pick<DecayInputs, 'logDecay' | 'documents'>, chunks: Chunks): TokenDecay;
/** What of a chunk the gradient of its log decays is made of, `[B,H,N,C]` each but for the last. */
interface DecayParts {
    /** At each token what is read there, times its gradient. */
    readonly reads: Tensor;
    /** What is written there and read in the chunk, times its gradient. */
    readonly writes: Tensor;
    /** What is written there and left at the chunk's end, times its gradient. */
    readonly lasting: Tensor;
    /** The state at the start times the gradient of that at the end, `[B,H,N,V,K]`. */
    readonly carried: Tensor;
}
/**
 * The gradient of log decays per token, without one of any decay factor. With c their running sum in a chunk, every
 * term of an output has a factor exp(c_reader) of a query or reading key, and exp(-c_writer) of a writing key
 * or exp(0) of the state; those of the state at the end have exp(c_end). So c_t has the gradient
 * reads_t - writes_t, and a log decay those of all c from there on.
 *
 * Source: as for a memory that is only added to in Yang et al. 2023, arXiv:2312.06635.
 */
export declare function logDecayGradient(logs: Tensor, { reads, writes, lasting, carried }: DecayParts, { chunks: { T, C, N }, visible, interChunk }: TokenDecay): Tensor;
export {};
