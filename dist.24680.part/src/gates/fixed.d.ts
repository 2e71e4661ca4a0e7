import type { DecayGate } from './contract.js';
/**
 * One decay a head, not trained.
 *
 *   reaches: alpha_h = sqrt(tau_h / (tau_h + 1)), tau_h log-spaced from shortest to longest
 *   retnet:  alpha_h = 1 - 2^(-5-h)
 *   tnl:     log alpha_h = -(8 h / H) (1 - l / L), layer l of L counted from 0
 *
 * With unit random keys, sqrt(tau / (tau + 1)) is the decay under which an association tau tokens back stands
 * out most from those after it.
 *
 * Shapes: log decay `[1,H,T]`, the same for all rows.
 */
export declare const fixed: DecayGate;
