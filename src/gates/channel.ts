import { ShapeError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import type { DecayGate } from './contract.js';
import { numberParam, type Params } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import {
  gateWeight,
  logRate,
  SOFTPLUS_DECAY_PARAMS,
  softplusDecay,
  softplusDecayWeights,
} from './softplusDecay.js';

const rankOf = (params: Params): number => numberParam(params, 'rank');

/** Columns `[B,H,T]` or `[B,H,T,r]` of all heads times the matrix up `[H r,H K]`, as `[B,H,T,K]`. */
function raised(columns: Tensor, up: Tensor, { H, K }: { readonly H: number; readonly K: number }): Tensor {
  const [B = 0, , T = 0, r = 1] = columns.shape;
  const byToken = tf.transpose(tf.reshape(columns, [B, H, T, r]), [0, 2, 1, 3]);
  const product = tf.matMul(tf.reshape(byToken, [B * T, H * r]), up);
  return tf.transpose(tf.reshape(product, [B, T, H, K]), [0, 2, 1, 3]);
}

/**
 * One decay a head, token and key channel, from the token itself.
 *
 *   log alpha_t,j = -exp(A_log) softplus(a_t,j + dt_bias_j)
 *
 * a_t are K projected columns, or with a rank r the product of r columns of every head with a trained matrix up
 * `[H r,H K]`; A_log, one per head, and dt_bias, one per channel, are trained and start as in the
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
    'rank, unless the parameter rank says otherwise.',
  params: {
    ...SOFTPLUS_DECAY_PARAMS,
    rank: {
      default: 0,
      range: [0, 1e4],
      whole: true,
      doc: 'columns per head that are projected from a token, then mixed over heads to K each; 0 for full rank',
    },
  },
  columns: ({ K }, params) => rankOf(params) || K,
  weights({ H, K }, params) {
    const [own, r] = [softplusDecayWeights(H, [H, K], params, 'gate channel'), rankOf(params)];
    if (r === 0) return own;
    const initial = (rng: Rng) => rng.normals(H * r * H * K, 1 / Math.sqrt(H * r));
    return [...own, { name: 'up', shape: [H * r, H * K], initial }];
  },
  logDecay({ projected }, weights, place, params) {
    const { H, K } = place;
    if (!projected) throw new ShapeError('gate channel: expected K projected columns [B,H,T,K], got none');
    const r = rankOf(params);
    const a =
      r === 0
        ? projected
        : raised(projected, gateWeight(weights, 'up', [H * r, H * K], 'gate channel'), place);
    const rate = logRate(weights, params, [1, H, 1, 1], 'gate channel');
    return softplusDecay(a, rate, gateWeight(weights, 'dt_bias', [1, H, 1, K], 'gate channel'));
  },
  softplus: true,
} satisfies DecayGate;
