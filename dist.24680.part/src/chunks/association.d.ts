import { type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';
/** Outputs `[B,H,T,V]` and the memory after the last token `[B,H,V,K]`. */
export interface ChunkedResult {
    readonly outputs: Tensor;
    readonly final: Tensor;
}
/**
 * A memory that only decays and is added to, in chunks.
 *
 *   S_t = (b_t a_t^T) (.) S_{t-1} + v_t k_t^T        o_t = S_t q_t
 *
 * a is the decay, per token or per key channel; b are factors per value channel, of any sign; absent: one. With L^a
 * and L^b what they leave inside a chunk, S the state at its start, and without b:
 *
 *   O = fromStart Q S^T + (Q K^T (.) L) V        S' = interChunk S + V^T (toEnd K)
 *
 * Shapes: as in `runRule`; v is what is written · value factors `[B,H,T,V]` · S `[B,H,V,K]`, absent for an empty
 * memory.
 * Source: Yang et al. 2023, arXiv:2312.06635, section 4; the states by a scan over chunks.
 */
export declare function associateInChunks(S: Tensor | undefined, xs: SequenceInput, chunkSize: number, valueFactors?: Tensor): ChunkedResult;
