import type { Predictions } from './contract.js';
import { valueSideError } from './overlap.js';
import { usDriven } from './usDriven.js';

/**
 * Oja's rule per unit: as the matrix rule where the US has one channel or US are apart.
 *
 *   V = (1 / lambda) (1 - (1 - b lambda^2)^n)
 *
 * A later write with a random unit value keeps `g (1 - b/V)` of each channel in the mean and
 * `g^2 (1 - 2 b/V + 3 b^2 / (V (V + 2)))` in the square.
 *
 * Source: docs/theory.md 4.2, 2.6 (ii); the fourth moment of a unit vector's channel is 3 / (V (V + 2)).
 */
export const ojaUnitPredictions: Predictions = {
  conditioning: usDriven((beta, magnitude) => 1 - beta * magnitude ** 2),
  capacity: (at) => {
    const { beta, decay, V } = at;
    const square = decay ** 2 * (1 - (2 * beta) / V + (3 * beta ** 2) / (V * (V + 2)));
    return valueSideError(at, { mean: decay * (1 - beta / V), square });
  },
  stability: (decay) => 1 + 1 / decay,
};
