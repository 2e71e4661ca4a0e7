import { type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';
import type { ChunkedResult } from './association.js';
/** What a memory, content by address, is corrected by at each token `[B,H,T,..]`. */
export interface CorrectionInputs {
    /** The address that is read, `[..,X]`. */
    readonly read: Tensor;
    /** The address that is written to, `[..,X]`. */
    readonly write: Tensor;
    /** What the memory should have recalled, `[..,Y]`. */
    readonly content: Tensor;
}
/**
 * Which side of the memory queries meet, and a decay per channel acts on: the addresses, so that what is read is
 * content (the delta rule), or the content, so that what is read is addresses (Oja's, whose memory is the transpose).
 */
export type QuerySide = 'address' | 'content';
/**
 * Error correction over a sequence in chunks: the memory writes by how much it missed the content.
 *
 *   M_t = M~_t + e_t w_t^T        e_t = c_t - M~_t r_t        r the address read, w the one written to
 *   o_t = M_t q_t (queries of addresses), or M_t^T q_t (of content)
 *
 * With L the decay inside a chunk and M the memory at its start, errors E and the memory at the end follow from the
 * WY representation, where the decay is on the addresses or the same for all channels:
 *
 *   A = tril(R W^T (.) L, -1)    X = (I + A)^{-1}    U = X C    P = X (fromStart R)
 *   E = U - P M^T        M' = M (interChunk I - P^T (toEnd W)) + U^T (toEnd W)
 *
 * and where channels of the content decay each by itself, so that the inverse has no decay:
 *
 *   A = tril(R W^T, -1)    X = (I + A)^{-1}    U_i = sum_j X_ij L_ij c_j    P = X R
 *   E = U - fromStart (P M^T)        M' = interChunk (M (I - P^T W)) + (toEnd U)^T W
 *
 * M' is linear in M, so that the memories of all chunks follow an affine scan. They are read by
 *
 *   O = fromStart Q M^T + (Q W^T (.) L) E, or fromStart Q M + (Q E^T (.) L) W
 *
 * Shapes: q, logDecay and documents of the sequence as in `runRule` · memory `[B,H,Y,X]`, absent for an empty one ·
 * outputs `[B,H,T,Y]`, or X.
 * State: pure; differentiable in all but the documents; disposes nothing.
 * Source: Yang et al. 2024, arXiv:2406.06484, equations 8 to 11, and with a decay arXiv:2412.06464, equation 10; the
 * memories by an affine scan over chunks.
 */
export declare function correctInChunks(memory: Tensor | undefined, xs: SequenceInput, { read, write, content }: CorrectionInputs, side: QuerySide, chunkSize: number): ChunkedResult;
