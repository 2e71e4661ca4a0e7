import { ShapeError } from '../../src/core/errors.js';

/** Refuses degrees of freedom that a paired sample cannot have. */
function checkFreedom(freedom: number): void {
  if (!Number.isInteger(freedom) || freedom < 1) {
    throw new ShapeError(`student t: expected whole degrees of freedom from 1 up, got ${freedom}`);
  }
}

/**
 * Gamma((n + 1) / 2) / Gamma(n / 2) for whole n from 1 up.
 *
 * By ratio(1) = 1 / sqrt(pi) and ratio(n + 1) ratio(n) = n / 2.
 */
export function halfGammaRatio(n: number): number {
  let ratio = 1 / Math.sqrt(Math.PI);
  for (let i = 1; i < n; i++) ratio = i / (2 * ratio);
  return ratio;
}

/** Continued fraction of the incomplete beta function, by Lentz's method; converges fast for x < (a + 1) / (a + b + 2). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const apart = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let [c, d] = [1, 1 / apart(1 - ((a + b) * x) / (a + 1))];
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let factor = 1;
    for (const term of [even, odd]) {
      d = 1 / apart(1 + term * d);
      c = apart(1 + term / c);
      fraction *= c * d;
      factor = c * d;
    }
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return fraction;
}

/**
 * Probability that Student's t is at least this far from 0, on either side.
 *
 *   P(|T| >= |t|) = I_x(n/2, 1/2),   x = n / (n + t^2),   n degrees of freedom
 *
 * Relative error below 1e-12, far tails included.
 * @throws ShapeError unless the degrees of freedom are a whole number from 1 up.
 * Source: Abramowitz and Stegun 1964, 26.7.1 and 26.5.8.
 */
export function studentTwoSided(t: number, freedom: number): number {
  checkFreedom(freedom);
  if (t === 0) return 1;
  if (!Number.isFinite(t)) return Number.isNaN(t) ? NaN : 0;
  const a = freedom / 2;
  const [x, y] = [freedom / (freedom + t * t), (t * t) / (freedom + t * t)];
  const front = (halfGammaRatio(freedom) / Math.sqrt(Math.PI)) * Math.exp(a * Math.log(x)) * Math.sqrt(y);
  return x < (a + 1) / (a + 2.5)
    ? (front * betaFraction(x, a, 0.5)) / a
    : 1 - (front * betaFraction(y, 0.5, a)) / 0.5;
}

/**
 * The t above 0 that is exceeded, on either side together, with this probability.
 *
 * Relative error below 1e-12.
 * @throws ShapeError unless the degrees of freedom are a whole number from 1 up.
 */
export function studentCritical(probability: number, freedom: number): number {
  checkFreedom(freedom);
  if (probability >= 1) return 0;
  if (probability <= 0) return Infinity;
  let [low, high] = [Math.log(1e-9), Math.log(1e9)];
  while (studentTwoSided(Math.exp(high), freedom) > probability) high += 10;
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (studentTwoSided(Math.exp(middle), freedom) > probability) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}
