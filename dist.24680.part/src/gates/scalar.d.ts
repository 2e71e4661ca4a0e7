import type { DecayGate } from './contract.js';
/**
 * One decay a head and token, from the token itself.
 *
 *   log alpha_t = -exp(A_log) softplus(a_t + dt_bias)
 *
 * a_t is the projected column; A_log and dt_bias are trained, one a head. At the start exp(A_log) is uniform
 * in (0, maxRate] and softplus(dt_bias) log-uniform between shortestStep and longestStep.
 *
 * Shapes: projected, log decay `[B,H,T]` · A_log, dt_bias `[H]`.
 */
export declare const scalar: DecayGate;
