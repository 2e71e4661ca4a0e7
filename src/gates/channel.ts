import { ShapeError } from '../core/errors.js';
import type { DecayGate } from './contract.js';
import { gateWeight, SOFTPLUS_DECAY_PARAMS, softplusDecay, softplusDecayWeights } from './softplusDecay.js';

/**
 * One decay a head, token and key channel, from the token itself.
 *
 *   log alpha_t,j = -exp(A_log) softplus(a_t,j + dt_bias_j)
 *
 * a_t are K projected columns; A_log, one per head, and dt_bias, one per channel, are trained and start as in the
 * gate with one decay a head. Decays are not bounded below; chunk forms raise logs below -20 to that.
 *
 * Shapes: projected, log decay `[B,H,T,K]` · A_log `[H]` · dt_bias `[H,K]`.
 */
export const channel = {
  name: 'channel',
  title: 'Decay per key channel and token',
  equation: 'alpha_t,j = exp(-exp(A_log) softplus(a_t,j + dt_bias_j))',
  source:
    'Yang et al. 2024, arXiv:2312.06635 (gated linear attention); Moonshot AI 2025 (Kimi Linear). The softplus ' +
    'with a rate per head and a bias per channel is that of Kimi Delta Attention; here the projection has full ' +
    'rank.',
  params: SOFTPLUS_DECAY_PARAMS,
  columns: ({ K }) => K,
  weights: ({ H, K }, params) => softplusDecayWeights(H, [H, K], params, 'gate channel'),
  logDecay({ projected }, weights, { H, K }) {
    if (!projected) throw new ShapeError('gate channel: expected K projected columns [B,H,T,K], got none');
    const rate = gateWeight(weights, 'A_log', [1, H, 1, 1], 'gate channel');
    return softplusDecay(projected, rate, gateWeight(weights, 'dt_bias', [1, H, 1, K], 'gate channel'));
  },
  fla: {
    refused: 'its Kimi Delta Attention has a decay of low rank and a sigmoid gate of low rank on its outputs',
  },
} satisfies DecayGate;
