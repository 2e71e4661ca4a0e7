import { z } from 'zod';
import type { Rng } from '../../src/core/rng.js';
import { list, made, optionsCheck } from '../../src/core/options.js';
import { bootstrapMean, type Interval } from './bootstrap.js';
import { moments, tMargin } from './paired.js';

/** How the interval of a mean is made. */
export type IntervalMethod = 't' | 'bootstrap';

/** Values from which the bootstrap covers as it should; below, it is too narrow. */
export const BOOTSTRAP_VALUES = 20;

/** Interval of a mean, and how it was made. */
export interface MeanInterval extends Interval {
  readonly method: IntervalMethod;
}

/** How to make the interval of a mean. */
export interface MeanIntervalOptions {
  /** Drawn from by the bootstrap only. */
  readonly rng: Rng;
  /** Probability that the interval covers the truth. */
  readonly level: number;
  /** By the number of values unless given. */
  readonly method?: IntervalMethod | undefined;
  /** Between what the true mean must lie: what an interval has outside of it says nothing, and is left out. */
  readonly range?: Range | undefined;
}

const checkOptions = optionsCheck<MeanIntervalOptions>({
  rng: made<Rng>('a random stream'),
  level: z.number(),
  method: z.enum(['t', 'bootstrap']).optional(),
  range: list<Range>().optional(),
});

/** Least and greatest possible value. */
export type Range = readonly [number, number];

/** The part of an interval that is possible; it covers the true mean as often as the whole. */
export function within<T extends Pick<Interval, 'low' | 'high'>>(interval: T, [least, greatest]: Range): T {
  const { low, high } = interval;
  if (low === null || high === null) return interval;
  const inside = (bound: number): number => Math.min(greatest, Math.max(least, bound));
  return { ...interval, low: inside(low), high: inside(high) };
}

/**
 * The mean of a few independent values, or of paired differences, with its interval.
 *
 * Below 20 values by Student's t, which takes them to be normal; from 20 up by the BCa bootstrap, which does not.
 * Of 3 values no resampling covers more than 75 %: the truth lies outside their range that often.
 * Bounds are null for one value, and where no spread was seen; they are not outside the range that is given.
 * @throws ShapeError when there are no values.
 */
export function meanInterval(values: readonly number[], options: MeanIntervalOptions): MeanInterval {
  const given = checkOptions('meanInterval', options);
  const { rng, level, method = values.length < BOOTSTRAP_VALUES ? 't' : 'bootstrap' } = given;
  const { range = [-Infinity, Infinity] } = given;
  const found = moments(values);
  const margin = tMargin(found, level);
  if (margin === null) return { value: found.mean, low: null, high: null, method };
  const interval =
    method === 'bootstrap'
      ? bootstrapMean(values, { rng, level })
      : { value: found.mean, low: found.mean - margin, high: found.mean + margin };
  return within({ ...interval, method }, range);
}
