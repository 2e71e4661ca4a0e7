import type { DecayGate } from './contract.js';
/**
 * One decay a head, token and key channel, from the token itself.
 *
 *   log alpha_t,j = -exp(A_log) softplus(a_t,j + dt_bias_j)
 *
 * a_t are K projected columns; A_log, one a head, and dt_bias, one a channel, are trained and start as in the
 * gate with one decay a head. Decays are not bounded below; chunk forms raise logs below -20 to that.
 *
 * Shapes: projected, log decay `[B,H,T,K]` · A_log `[H]` · dt_bias `[H,K]`.
 */
export declare const channel: DecayGate;
