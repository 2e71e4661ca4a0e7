import type { LearningRule } from './contract.js';
/**
 * Oja's subspace rule with the response of the memory itself, the value as its teacher.
 *
 *   y_t = S~_t k_t + v_t        S_t = S~_t + beta_t y_t (k_t - S~_t^T y_t)^T        o_t = S_t q_t
 *
 * Cubic in S: it runs token by token. With unit keys and values it stays bounded for beta up to about 0.5;
 * at 0.75 some sequences diverge, so that is where the signal ends.
 */
export declare const ojaResponse: LearningRule;
