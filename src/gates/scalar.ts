import { ShapeError } from '../core/errors.js';
import type { DecayGate } from './contract.js';
import {
  gateWeight,
  logRate,
  SOFTPLUS_DECAY_PARAMS,
  softplusDecay,
  softplusDecayWeights,
} from './softplusDecay.js';

/**
 * One decay a head and token, from the token itself.
 *
 *   log alpha_t = -exp(A_log) softplus(a_t + dt_bias)
 *
 * a_t is the projected column; A_log and dt_bias are trained, one per head. At the start exp(A_log) is uniform
 * in (0, maxRate] and softplus(dt_bias) log-uniform between shortestStep and longestStep.
 *
 * Shapes: projected, log decay `[B,H,T]` · A_log, dt_bias `[H]`.
 */
export const scalar = {
  name: 'scalar',
  title: 'Decay per head and token',
  equation: 'alpha_t = exp(-exp(A_log) softplus(a_t + dt_bias))',
  source:
    'Dao and Gu 2024, arXiv:2405.21060 (Mamba-2); Yang et al. 2024, arXiv:2412.06464 (Gated DeltaNet). The decay is ' +
    'that of the former, its initial values those of the latter. Unlike in Mamba-2 the write is not scaled by the ' +
    "step: the write strength is the rule's beta.",
  params: SOFTPLUS_DECAY_PARAMS,
  columns: () => 1,
  weights: ({ H }, params) => softplusDecayWeights(H, [H], params, 'gate scalar'),
  logDecay({ projected }, weights, { H }, params) {
    if (!projected) throw new ShapeError('gate scalar: expected one projected column [B,H,T], got none');
    const shape = [1, H, 1];
    const rate = logRate(weights, params, shape, 'gate scalar');
    return softplusDecay(projected, rate, gateWeight(weights, 'dt_bias', shape, 'gate scalar'));
  },
  softplus: true,
} satisfies DecayGate;
