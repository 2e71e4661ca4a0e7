import type { Predictions } from './contract.js';
import { valueSideError } from './overlap.js';
import { usDriven } from './usDriven.js';

/**
 * The Hebbian rule.
 *
 *   V = n b lambda        E|error|^2 = (1 - b g^m)^2 + b^2 c2 sum_{i != m} g^(2i)        s^2 below
 *
 * With b = g = 1 and random keys the error is (N - 1) / K. A layer of H heads of random projections, averaged:
 *
 *   s^2 = (N - 1) (1 / width + (1 + 1 / width) / (H K)) + 2 / (H K)
 *
 * Source: docs/theory.md 1.4 (b, d) and 1.5 (a).
 */
export const hebbianPredictions: Predictions = {
  conditioning: usDriven(() => 1),
  capacity: (at) => valueSideError(at, { mean: at.decay, square: at.decay ** 2 }),
  depth: ({ pairs, heads, K, width }) =>
    (pairs - 1) * (1 / width + (1 + 1 / width) / (heads * K)) + 2 / (heads * K),
};
