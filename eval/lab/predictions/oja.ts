import { numberParam, type Params } from '../../../src/core/params.js';
import type { Predictions } from './contract.js';
import { valueSideError } from './overlap.js';
import { usDriven } from './usDriven.js';

function forgetting(params: Params): number {
  return numberParam(params, 'forgetting');
}

/**
 * Oja's rule with the value as activity. phi is the parameter `forgetting`, mu = b phi:
 *
 *   V = (1 / (phi lambda)) (1 - (1 - mu lambda^2)^n)
 *
 * A later write with a random unit value keeps `g (1 - mu/V)` of a stored value in the mean and
 * `g^2 (1 - (2 mu - mu^2)/V)` of its square. Bounded for ever on one trial where `g |1 - x| <= 1`, x = b |v|^2
 * (phi = 1): up to 1 + 1/g.
 *
 * Source: docs/theory.md 4.2, 1.4 (e), 2.6; the error is exact at any width.
 */
export const ojaPredictions: Predictions = {
  conditioning: usDriven((beta, magnitude, params) => 1 - beta * forgetting(params) * magnitude ** 2),
  capacity: (at, params) => {
    const mu = at.beta * forgetting(params);
    const mean = at.decay * (1 - mu / at.V);
    return valueSideError(at, { mean, square: at.decay ** 2 * (1 - (2 * mu - mu * mu) / at.V) });
  },
  stability: (decay) => 1 + 1 / decay,
};
