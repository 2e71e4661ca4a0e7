import { ConfigError, ShapeError } from '../core/errors.js';
import { numberParam, type Params, type ParamSpec } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import type { GateWeight } from './contract.js';

/** Parameters of the gates whose log decay is a rate times a softplus step. */
export const SOFTPLUS_DECAY_PARAMS = {
  fixedRate: {
    default: 0,
    range: [0, 1e3],
    doc: 'exp(A_log) of all heads where it is not trained; 0 trains one per head',
  },
  maxRate: { default: 16, range: [1e-3, 1e3], doc: 'highest initial exp(A_log)' },
  shortestStep: { default: 1e-3, range: [1e-8, 10], doc: 'lowest initial softplus(dt_bias)' },
  longestStep: { default: 0.1, range: [1e-8, 10], doc: 'highest initial softplus(dt_bias)' },
} satisfies Readonly<Record<string, ParamSpec>>;

/**
 * The trained weights of such a gate: `A_log` `[H]`, unless its rate is fixed, and `dt_bias` of the shape given. At the
 * start exp(A_log) is uniform in (0, maxRate] and softplus(dt_bias) log-uniform between shortestStep and longestStep.
 *
 * @throws ConfigError when the steps are in the wrong order.
 */
export function softplusDecayWeights(
  H: number,
  biasShape: readonly number[],
  params: Params,
  where: string,
): GateWeight[] {
  const maxRate = numberParam(params, 'maxRate');
  const [low, high] = [numberParam(params, 'shortestStep'), numberParam(params, 'longestStep')];
  if (low > high) {
    throw new ConfigError(
      `${where}: expected shortestStep <= longestStep, got ${low} and ${high}; exchange them`,
    );
  }
  const values = (length: number, draw: () => number) => Float32Array.from({ length }, draw);
  const rate: GateWeight = {
    name: 'A_log',
    shape: [H],
    initial: (rng) => values(H, () => Math.log(maxRate * (1 - rng.uniform()))),
  };
  return [
    ...(numberParam(params, 'fixedRate') > 0 ? [] : [rate]),
    {
      name: 'dt_bias',
      shape: biasShape,
      initial: (rng) =>
        values(
          biasShape.reduce((n, size) => n * size, 1),
          () => inverseSoftplus(low * (high / low) ** rng.uniform()),
        ),
    },
  ];
}

/**
 * `-exp(A_log) softplus(a + dt_bias)`, both weights in shapes that broadcast with the projection a.
 */
export function softplusDecay(projected: Tensor, rate: Tensor, bias: Tensor): Tensor {
  return tf.mul(tf.softplus(tf.add(projected, bias)), tf.neg(tf.exp(rate)));
}

/** The logarithm of the rate, in a shape with one number a head: trained, or the one that the params fix. */
export function logRate(
  weights: Readonly<Record<string, Tensor>>,
  params: Params,
  shape: number[],
  where: string,
): Tensor {
  const fixedRate = numberParam(params, 'fixedRate');
  return fixedRate > 0 ? tf.fill(shape, Math.log(fixedRate)) : gateWeight(weights, 'A_log', shape, where);
}

/**
 * A gate's weight in another shape.
 *
 * @throws ShapeError when the gate was not given it.
 */
export function gateWeight(
  weights: Readonly<Record<string, Tensor>>,
  name: string,
  shape: number[],
  where: string,
): Tensor {
  const weight = weights[name];
  if (weight) return tf.reshape(weight, shape);
  throw new ShapeError(`${where}: expected the weight '${name}', got ${Object.keys(weights).join(', ')}`);
}

/** The x with softplus(x) = y, exact for small y too. */
function inverseSoftplus(y: number): number {
  return y + Math.log(-Math.expm1(-y));
}
