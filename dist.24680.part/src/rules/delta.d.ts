import type { LearningRule } from './contract.js';
/**
 * Error correction: only what the memory did not predict is written (Rescorla and Wagner 1972).
 *
 *   S_t = S~_t + beta_t (v_t - S~_t k_t) k_t^T        o_t = S_t q_t
 *
 * Chunk form: `correctInChunks` at the key, which is read, and beta times the key, which is written to.
 */
export declare const delta: LearningRule;
