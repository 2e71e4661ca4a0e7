import { bootstrapMean, type Interval } from '../stats/bootstrap.js';
import { mean } from '../../src/core/numbers.js';
import { holm } from '../stats/holm.js';
import { studentTwoSided } from '../stats/studentT.js';
import type { Rng } from '../../src/core/rng.js';

/** A mean over independent draws beside its closed form. Its interval is its own, not corrected for its company. */
export interface Compared extends Interval {
  /** Null where theory has no closed form. */
  readonly predicted: number | null;
  /** P value of a departure beyond 5 %; of a family after `judged`. Null without a prediction, as all below. */
  readonly pBeyond: number | null;
  /** P value of being within 5 %, against being beyond. */
  readonly pWithin: number | null;
  /** False where a departure beyond 5 % was shown. */
  readonly agrees: boolean | null;
  /** True where the mean was shown to be within 5 %; where it agrees and this is false, the draws do not tell. */
  readonly shown: boolean | null;
}

/** How far a mean may be from its closed form, beyond what chance explains. */
const CLOSE = 0.05;

/** Chance of any wrong verdict among all comparisons of a family. */
export const FAMILY_LEVEL = 0.05;

/** What float32 memories of unit values may be off by; decides only where the closed form is 0. */
const ROUNDING = 1e-6;

/** Mean, standard deviation and skewness of a sample. */
interface Shape {
  readonly n: number;
  readonly centre: number;
  readonly spread: number;
  readonly skew: number;
}

function shapeOf(values: readonly number[]): Shape {
  const [n, centre] = [values.length, mean(values)];
  const moment = (order: number): number => mean(values.map((value) => (value - centre) ** order));
  const variance = moment(2);
  const skew = variance > 0 ? moment(3) / variance ** 1.5 : 0;
  return { n, centre, spread: Math.sqrt((variance * n) / (n - 1)), skew };
}

/**
 * P value of the mean being above a bound (side 1), or below it (side -1), against the bound itself.
 *
 *   t = sqrt(n) (T + g T^2 / 3 + g^2 T^3 / 27 + g / (6 n))        T = (mean - bound) / s,  g the skewness
 *
 * Errors are skewed to the right: a sample without its rare large ones has a low mean and a small spread, and Student's
 * t alone calls that a departure far too often.
 * Source: Hall 1992, J. R. Stat. Soc. B 54:221.
 */
function beyond({ n, centre, spread, skew }: Shape, bound: number, side: 1 | -1): number {
  if (!(side * (centre - bound) > 0)) return 1;
  if (spread === 0) return 0;
  const T = (centre - bound) / spread;
  const t = Math.sqrt(n) * (T + (skew * T ** 2) / 3 + (skew ** 2 * T ** 3) / 27 + skew / (6 * n));
  return side * t > 0 ? studentTwoSided(t, n - 1) / 2 : 1;
}

/** P values of how a mean stands to its closed form. */
interface Standing {
  readonly pBeyond: number;
  readonly pWithin: number;
}

/**
 * How the mean of a sample stands to its closed form: beyond `form +- slack`, and within them. slack is 5 % of the form
 * unless given. One value tells nothing: both P values are 1.
 */
export function standing(
  values: readonly number[],
  predicted: number,
  slack = CLOSE * Math.abs(predicted) + ROUNDING,
): Standing {
  if (values.length < 2) return { pBeyond: 1, pWithin: 1 };
  const shape = shapeOf(values);
  const [low, high] = [predicted - slack, predicted + slack];
  return {
    pBeyond: Math.min(beyond(shape, high, 1), beyond(shape, low, -1)),
    pWithin: Math.max(beyond(shape, high, -1), beyond(shape, low, 1)),
  };
}

/**
 * The mean of a sample with one value a draw, its 95 % interval, and how it stands to its closed form.
 *
 * @throws ShapeError when there are no values.
 */
export function compare(given: ArrayLike<number>, predicted: number | undefined, rng: Rng): Compared {
  const interval = bootstrapMean(given, { rng, resamples: 1000 });
  const none = { predicted: null, pBeyond: null, pWithin: null, agrees: null, shown: null };
  if (predicted === undefined) return { ...interval, ...none };
  const found = standing(Array.from(given), predicted);
  return { ...interval, predicted, ...found, ...verdict(found) };
}

/**
 * Values beside predictions of their own, one for each: agreement is a mean difference within `slack`. A prediction
 * that is not finite is contradicted.
 */
export function compareDifferences(
  interval: Interval,
  values: readonly number[],
  predicted: readonly number[],
  slack: number,
): Compared {
  const differences = values.map((value, i) => value - (predicted[i] ?? NaN));
  const found = differences.every(Number.isFinite)
    ? standing(differences, 0, slack)
    : { pBeyond: 0, pWithin: 1 };
  return { ...interval, predicted: mean(predicted), ...found, ...verdict(found) };
}

function verdict({ pBeyond, pWithin }: Standing): Pick<Compared, 'agrees' | 'shown'> {
  return { agrees: pBeyond > FAMILY_LEVEL, shown: pWithin <= FAMILY_LEVEL };
}

/**
 * Verdicts of a whole family of comparisons: P values by Holm, so that the chance of any wrong `NO` among all of
 * them, and of any wrong `shown`, is each at most 5 %, whatever their dependence.
 *
 * Gives a function from each comparison of the family to the same with its verdict.
 */
export function judged(family: readonly Compared[]): (one: Compared) => Compared {
  const compared = family.filter(({ predicted }) => predicted !== null);
  const beyond = holm(compared.map(({ pBeyond }) => pBeyond ?? 1));
  const within = holm(compared.map(({ pWithin }) => pWithin ?? 1));
  const verdicts = new Map(
    compared.map((one, i) => {
      const found = { pBeyond: beyond[i] ?? 1, pWithin: within[i] ?? 1 };
      return [one, { ...one, ...found, ...verdict(found) }] as const;
    }),
  );
  return (one) => verdicts.get(one) ?? one;
}
