import { ConfigError, ShapeError } from '../core/errors.js';
import { numberParam } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
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
export const scalar: DecayGate = {
  name: 'scalar',
  title: 'Decay per head and token',
  equation: 'alpha_t = exp(-exp(A_log) softplus(a_t + dt_bias))',
  source:
    'Dao and Gu 2024, arXiv:2405.21060 (Mamba-2), with the initial values of Gated DeltaNet, Yang et al. 2024, ' +
    "arXiv:2412.06464. Unlike Mamba-2 the write is not multiplied by the step; that is the rule's beta.",
  params: {
    maxRate: { default: 16, range: [1e-3, 1e3], doc: 'highest initial exp(A_log)' },
    shortestStep: { default: 1e-3, range: [1e-8, 10], doc: 'lowest initial softplus(dt_bias)' },
    longestStep: { default: 0.1, range: [1e-8, 10], doc: 'highest initial softplus(dt_bias)' },
  },
  columns: () => 1,
  weights({ H }, params) {
    const maxRate = numberParam(params, 'maxRate');
    const [low, high] = [numberParam(params, 'shortestStep'), numberParam(params, 'longestStep')];
    if (low > high) {
      throw new ConfigError(
        `gate scalar: expected shortestStep <= longestStep, got ${low} and ${high}; exchange them`,
      );
    }
    return [
      {
        name: 'A_log',
        shape: [H],
        initial: (rng) => Float32Array.from({ length: H }, () => Math.log(maxRate * (1 - rng.uniform()))),
      },
      {
        name: 'dt_bias',
        shape: [H],
        initial: (rng) =>
          Float32Array.from({ length: H }, () => inverseSoftplus(low * (high / low) ** rng.uniform())),
      },
    ];
  },
  logDecay({ projected }, weights, { H }) {
    if (!projected) throw new ShapeError('gate scalar: expected one projected column [B,H,T], got none');
    const rate = tf.exp(perHead(weights, 'A_log', H));
    const step = tf.softplus(tf.add(projected, perHead(weights, 'dt_bias', H)));
    return tf.neg(tf.mul(step, rate));
  },
};

/** The x with softplus(x) = y, exact for small y too. */
function inverseSoftplus(y: number): number {
  return y + Math.log(-Math.expm1(-y));
}

function perHead(weights: Readonly<Record<string, Tensor>>, name: string, H: number): Tensor {
  const weight = weights[name];
  if (weight) return tf.reshape(weight, [1, H, 1]);
  throw new ShapeError(`gate scalar: expected the weight '${name}', got ${Object.keys(weights).join(', ')}`);
}
