import type { CapacityCase } from './contract.js';
import { geometric } from './series.js';

/**
 * Mean square of the cosine of two keys. Keys are `sqrt(c) u + sqrt(1 - c) w`, u shared, w random unit and
 * orthogonal to u; for c = 0 random unit keys.
 *
 *   c = 0: 1 / K        else c^2 + (1 - c)^2 / (K - 1)
 */
function meanSquareCosine({ K, correlation }: CapacityCase): number {
  if (correlation === 0) return 1 / K;
  return correlation ** 2 + (1 - correlation) ** 2 / (K - 1);
}

/** What one write leaves of a stored value: `mean` of its part along itself, `square` of its squared length. */
interface Keeping {
  readonly mean: number;
  readonly square: number;
}

/**
 * Expected squared error of a memory that is a sum of stored pairs, each multiplied on the value side by
 * what later writes leave of it:
 *
 *   1 - 2 b mean^m + b^2 square^m + b^2 c2 sum_{i != m} square^i,   c2 the mean square cosine of keys
 *
 * Values are random unit vectors, so that the errors of different pairs add up in squares.
 */
export function valueSideError(at: CapacityCase, { mean, square }: Keeping): number {
  const { beta, age, pairs } = at;
  const others = geometric(square, pairs) - square ** age;
  return 1 - 2 * beta * mean ** age + beta ** 2 * square ** age + beta ** 2 * meanSquareCosine(at) * others;
}
