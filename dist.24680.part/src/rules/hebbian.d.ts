import type { LearningRule } from './contract.js';
/**
 * Hebbian association: what fires together is wired together, whatever is already known.
 *
 *   S_t = S~_t + beta_t v_t k_t^T        o_t = S_t q_t
 */
export declare const hebbian: LearningRule;
