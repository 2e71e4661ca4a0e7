import type { LearningRule } from './contract.js';
/**
 * Bienenstock, Cooper and Munro's rule with the response of the memory itself, the value as its teacher.
 *
 *   y_t = S~_t k_t + v_t      S_t = S~_t + beta_t (y_t (.) (y_t - theta_{t-1})) k_t^T
 *   theta_t = rho theta_{t-1} + (1 - rho) y_t^2      o_t = S_t q_t
 *
 * Threshold and memory drive each other: it runs token by token. The threshold must outrun the memory, so
 * beta is small: with unit keys and values, equal keys and rho 0.9 it stays bounded up to 0.05, and diverges
 * for some sequences at 0.1.
 */
export declare const bcmResponse: LearningRule;
