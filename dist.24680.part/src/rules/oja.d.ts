import type { LearningRule } from './contract.js';
/**
 * Oja's subspace rule with the value as the activity of the output units: a value forgets the keys it had.
 *
 *   S_t = S~_t + beta_t v_t (k_t - phi S~_t^T v_t)^T        o_t = S_t q_t
 *
 * With phi 1 it is error correction in the other direction: the key is predicted from the value.
 *
 * Chunk form: `correctInChunks` of the transposed memory, read at phi v, written to at beta v, its content k; its
 * errors are the keys written.
 */
export declare const oja: LearningRule;
