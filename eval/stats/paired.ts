import { ShapeError } from '../../src/core/errors.js';
import { halfGammaRatio, studentCritical, studentTwoSided } from './studentT.js';

/** Mean and spread of a few numbers. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Standard deviation by n - 1; NaN for a single number. */
  readonly sd: number;
}

/**
 * Mean and standard deviation.
 *
 * A spread below what rounding leaves of equal numbers is 0.
 * @throws ShapeError when there are no numbers.
 */
export function moments(values: readonly number[]): Moments {
  const n = values.length;
  if (n === 0) throw new ShapeError('moments: expected at least one number, got none');
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const largest = Math.max(...values.map(Math.abs));
  const sd = Math.sqrt(squares / (n - 1));
  return { n, mean, sd: sd < 1e-9 * largest ? 0 : sd };
}

/**
 * P value of the paired t test that the mean difference is 0, on both sides.
 *
 *   t = mean / (sd / sqrt(n)),   n - 1 degrees of freedom
 *
 * Takes the differences to be normal. Null where it says nothing: under two differences, not finite ones, or all equal but not 0;
 * equal differences are the mark of a coarse measure, not of certainty. 1 when all are 0.
 * Source: Student 1908, Biometrika 6:1.
 */
export function pairedTTest(differences: readonly number[]): number | null {
  if (differences.length > 0 && differences.every((difference) => difference === 0)) return 1;
  if (differences.length < 2) return null;
  const { n, mean, sd } = moments(differences);
  return sd === 0 || !Number.isFinite(mean / sd) ? null : studentTwoSided(mean / (sd / Math.sqrt(n)), n - 1);
}

/** Half the width of the t interval of a mean; null where the spread is not known or none was seen. */
export function tMargin({ n, sd }: Moments, level: number): number | null {
  return n < 2 || sd === 0 || !Number.isFinite(sd)
    ? null
    : (studentCritical(1 - level, n - 1) * sd) / Math.sqrt(n);
}

/** How large a difference is, in units of its own spread. */
export interface EffectSize {
  /** Cohen's d of paired values: mean / sd of the differences. Null where the spread is 0 or not known. */
  readonly cohenD: number | null;
  /** Hedges' g: d without the bias of few pairs. */
  readonly hedgesG: number | null;
}

/**
 * Effect sizes of paired differences.
 *
 *   d = mean / sd,   g = d J(n - 1),   J(f) = Gamma(f/2) / (sqrt(f/2) Gamma((f - 1)/2))
 *
 * g needs three differences.
 * Source: Hedges 1981, J. Educ. Stat. 6:107; for pairs, Lakens 2013, Front. Psychol. 4:863 (d_z).
 */
export function effectSize(differences: readonly number[]): EffectSize {
  const { n, mean, sd } = moments(differences);
  if (!(sd > 0) || !Number.isFinite(mean / sd)) return { cohenD: null, hedgesG: null };
  const cohenD = mean / sd;
  if (n < 3) return { cohenD, hedgesG: null };
  const correction = halfGammaRatio(n - 2) / Math.sqrt((n - 1) / 2);
  return { cohenD, hedgesG: cohenD * correction };
}
