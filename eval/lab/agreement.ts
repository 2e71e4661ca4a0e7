import { bootstrapMean, type Interval } from '../stats/bootstrap.js';
import type { Rng } from '../../src/core/rng.js';

/** A mean over independent draws beside its closed form. */
export interface Compared extends Interval {
  /** Null where theory has no closed form. */
  readonly predicted: number | null;
  /** Null without a prediction. */
  readonly agrees: boolean | null;
}

/** How far a mean may be from its closed form, beyond what chance explains. */
export const CLOSE = 0.05;

/**
 * The mean of a sample with one value a draw, its 95 % interval, and whether that interval meets the closed form
 * widened by 5 %.
 *
 * @throws ShapeError when there are no values.
 */
export function compare(values: ArrayLike<number>, predicted: number | undefined, rng: Rng): Compared {
  const interval = bootstrapMean(values, { rng, resamples: 1000 });
  if (predicted === undefined) return { ...interval, predicted: null, agrees: null };
  const [low, high] = [interval.low ?? interval.value, interval.high ?? interval.value];
  const slack = CLOSE * Math.abs(predicted);
  return { ...interval, predicted, agrees: low <= predicted + slack && high >= predicted - slack };
}

/** The mean of numbers. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
