import type { LearningRule } from './contract.js';
/**
 * Bienenstock, Cooper and Munro's rule with the value as activity: activity above a sliding threshold is
 * written, below it is written with the other sign.
 *
 *   S_t = S~_t + beta_t phi_t k_t^T      theta_t = rho theta_{t-1} + (1 - rho) m_t      o_t = S_t q_t
 *
 *   signed: phi_t = v (|v| - theta_{t-1})          m = |v|            channel by channel; keeps the value's sign
 *   rate:   phi_t = r (r - theta_{t-1})            m = r^2            r = max(v, 0), the textbook's firing rate
 *   gate:   phi_t = v (|v|^2 / V - theta_{t-1})    m = |v|^2 / V      one threshold per head; keeps the direction
 *
 * The threshold is that before the token, 0 at the start of a document. Neither it nor phi depends on S, so the
 * chunk form is plain association of phi.
 */
export declare const bcm: LearningRule;
