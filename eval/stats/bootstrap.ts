import { z } from 'zod';
import { ShapeError } from '../../src/core/errors.js';
import type { Rng } from '../../src/core/rng.js';
import { made, optionsCheck } from '../../src/core/options.js';
import { count as whole } from '../../src/core/schema.js';
import { normalCdf, normalQuantile } from './normal.js';

/** A value with the bounds of its confidence interval; the bounds are null where one sample gives none. */
export interface Interval {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface BootstrapOptions {
  /** Stream the resampling draws from; the same stream gives the same interval. */
  readonly rng: Rng;
  /** Number of resamples. */
  readonly resamples?: number;
  /** Probability that the interval covers the truth. */
  readonly level?: number;
}

const checkOptions = optionsCheck<BootstrapOptions>({
  rng: made<Rng>('a random stream'),
  resamples: whole.optional(),
  level: z.number().optional(),
});

/** A ratio of sums over samples, such as nats over tokens: sum of `numerators` / sum of `denominators`. */
export interface RatioSamples {
  readonly numerators: ArrayLike<number>;
  readonly denominators: ArrayLike<number>;
}

/** Sums of one ratio over the whole sample, or over one resample. */
interface Sums {
  readonly top: number;
  readonly bottom: number;
}

function totals(ratio: RatioSamples): Sums {
  let [top, bottom] = [0, 0];
  for (let i = 0; i < ratio.numerators.length; i++) {
    top += ratio.numerators[i] ?? 0;
    bottom += ratio.denominators[i] ?? 0;
  }
  return { top, bottom };
}

/** Number of samples, the same for all ratios. */
function sampleCount(ratios: readonly RatioSamples[]): number {
  const n = ratios[0]?.numerators.length ?? 0;
  for (const { numerators, denominators } of ratios) {
    if (numerators.length !== n || denominators.length !== n || n === 0) {
      throw new ShapeError(
        `bootstrap: expected samples of one length above 0, got ${numerators.length} and ${denominators.length}, first ${n}`,
      );
    }
  }
  return n;
}

/** What a resample says: the statistic from the sums of each ratio. */
type Statistic = (sums: readonly Sums[]) => number;

/** Sum of the values at the picked places. */
function sumAt(values: Float64Array, picks: Int32Array): number {
  let sum = 0;
  for (const pick of picks) sum += values[pick] ?? 0;
  return sum;
}

/** Statistics of `resamples` draws of n samples with replacement; all ratios see the same draws. */
function resample(
  ratios: readonly RatioSamples[],
  statistics: readonly Statistic[],
  rng: Rng,
  resamples: number,
): Float64Array[] {
  const n = sampleCount(ratios);
  const columns = ratios.map(({ numerators, denominators }) => ({
    top: Float64Array.from(numerators),
    bottom: Float64Array.from(denominators),
  }));
  const results = statistics.map(() => new Float64Array(resamples));
  const picks = new Int32Array(n);
  for (let draw = 0; draw < resamples; draw++) {
    for (let i = 0; i < n; i++) picks[i] = rng.below(n);
    const sums = columns.map(({ top, bottom }) => ({ top: sumAt(top, picks), bottom: sumAt(bottom, picks) }));
    for (const [s, statistic] of statistics.entries()) {
      const column = results[s];
      if (column) column[draw] = statistic(sums);
    }
  }
  return results;
}

/** The statistic with each sample left out in turn. */
function jackknife(ratios: readonly RatioSamples[], statistic: Statistic): Float64Array {
  const whole = ratios.map(totals);
  return Float64Array.from({ length: sampleCount(ratios) }, (_, i) =>
    statistic(
      whole.map(({ top, bottom }, r) => ({
        top: top - (ratios[r]?.numerators[i] ?? 0),
        bottom: bottom - (ratios[r]?.denominators[i] ?? 0),
      })),
    ),
  );
}

/** Skewness of the statistic's influence, the `a` of BCa. */
function acceleration(left: Float64Array): number {
  const mean = left.reduce((sum, x) => sum + x, 0) / left.length;
  let [squares, cubes] = [0, 0];
  for (const x of left) {
    squares += (mean - x) ** 2;
    cubes += (mean - x) ** 3;
  }
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}

function quantile(sorted: Float64Array, probability: number): number {
  const place = Math.min(Math.max(probability, 0), 1) * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  return below + (above - below) * (place - Math.floor(place));
}

/** Share of the resamples below the value, ties counted half, kept off 0 and 1. */
function shareBelow(sorted: Float64Array, value: number): number {
  let count = 0;
  for (const x of sorted) count += x < value ? 1 : x === value ? 0.5 : 0;
  return Math.min(Math.max(count, 0.5), sorted.length - 0.5) / sorted.length;
}

function bcaInterval(value: number, results: Float64Array, left: Float64Array, level: number): Interval {
  const sorted = results.filter(Number.isFinite).sort();
  if (!Number.isFinite(value) || left.length < 2 || sorted.length < 2)
    return { value, low: null, high: null };
  const bias = normalQuantile(shareBelow(sorted, value));
  const skew = acceleration(left.filter(Number.isFinite));
  const bound = (probability: number): number => {
    const z = bias + normalQuantile(probability);
    return quantile(sorted, normalCdf(bias + z / (1 - skew * z)));
  };
  return { value, low: bound((1 - level) / 2), high: bound((1 + level) / 2) };
}

function intervals(
  ratios: readonly RatioSamples[],
  statistics: readonly Statistic[],
  { rng, resamples = 2000, level = 0.95 }: BootstrapOptions,
): Interval[] {
  const whole = ratios.map(totals);
  const results = resample(ratios, statistics, rng, resamples);
  return statistics.map((statistic, s) =>
    bcaInterval(statistic(whole), results[s] ?? new Float64Array(), jackknife(ratios, statistic), level),
  );
}

/**
 * Ratios of sums over the same samples, each with its interval; all see the same resamples.
 *
 *   value = sum_i numerator_i / sum_i denominator_i,   i over independent samples (stories, sequences)
 *
 * Resampling whole samples keeps what is correlated inside one together. Samples whose denominator is 0
 * take no part in a ratio.
 * Units: those of the ratio.
 * @throws ShapeError when the samples are empty or differ in number.
 * Source: BCa bootstrap, Efron 1987, J. Am. Stat. Assoc. 82:171.
 */
export function bootstrapRatios(ratios: readonly RatioSamples[], options: BootstrapOptions): Interval[] {
  const statistics = ratios.map(
    (_, r): Statistic =>
      (sums) =>
        (sums[r]?.top ?? NaN) / (sums[r]?.bottom ?? NaN),
  );
  return intervals(ratios, statistics, checkOptions('bootstrap', options));
}

/**
 * The mean of independent values with its interval.
 *
 * @throws ShapeError when there are no values.
 * Source: as `bootstrapRatios`.
 */
export function bootstrapMean(values: ArrayLike<number>, options: BootstrapOptions): Interval {
  const ratio = { numerators: values, denominators: new Float64Array(values.length).fill(1) };
  const [interval] = bootstrapRatios([ratio], options);
  return interval ?? { value: NaN, low: null, high: null };
}

/**
 * The difference of two ratios measured on the same samples, with its interval.
 *
 *   value = sum a.numerators / sum a.denominators - sum b.numerators / sum b.denominators
 *
 * Pairs are drawn together, so that what is hard for both cancels out.
 * @throws ShapeError when the samples are empty or differ in number.
 * Source: as `bootstrapRatios`.
 */
export function pairedBootstrap(a: RatioSamples, b: RatioSamples, options: BootstrapOptions): Interval {
  const difference: Statistic = ([x, y]) =>
    (x?.top ?? NaN) / (x?.bottom ?? NaN) - (y?.top ?? NaN) / (y?.bottom ?? NaN);
  const [interval] = intervals([a, b], [difference], checkOptions('bootstrap', options));
  return interval ?? { value: NaN, low: null, high: null };
}
