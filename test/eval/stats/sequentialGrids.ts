import { decideSequentially, type SequentialVerdict } from '../../../eval/compare/sequential.js';
import type { Rng } from '../../../src/core/rng.js';

/** A simulated grid that is looked at after every seed; each seed has an effect on all variants. */
export interface Looks {
  /** True mean of each variant. */
  readonly truth: readonly number[];
  /** Seeds at most. */
  readonly seeds: number;
  /** Draws the noise of one cell. */
  readonly noise: (rng: Rng) => number;
  readonly margin?: number;
}

/** A pair of a simulated grid: how far apart it is in truth, and what was said of it. */
export interface LookedPair extends SequentialVerdict {
  readonly a: number;
  readonly b: number;
  readonly truth: number;
}

/** What is said of every pair of one draw of the grid. */
export function drawLooks({ truth, seeds, noise, margin = 0 }: Looks, rng: Rng, level = 0.05): LookedPair[] {
  const order = Array.from({ length: seeds }, (_, seed) => seed + 1);
  const scores = order.map(() => {
    const luck = 3 * rng.normal();
    return truth.map((mean) => luck + mean + noise(rng));
  });
  const pairs = truth.flatMap((_, a) => truth.slice(a + 1).map((__, i) => ({ a, b: a + 1 + i })));
  const looked = pairs.map(({ a, b }) => ({
    seeds: order,
    differences: scores.map((row) => (row[a] ?? 0) - (row[b] ?? 0)),
    margin,
  }));
  const found = decideSequentially(looked, level);
  return pairs.flatMap((pair, i) => {
    const verdict = found[i];
    return verdict ? [{ ...pair, ...verdict, truth: (truth[pair.a] ?? 0) - (truth[pair.b] ?? 0) }] : [];
  });
}

/** Whether the pair was said to differ though it does not, or the wrong way round. */
export function isFalseDifference({ outcome, truth }: LookedPair): boolean {
  if (outcome !== 'above' && outcome !== 'below') return false;
  return truth === 0 || truth > 0 !== (outcome === 'above');
}

/** Whether the pair was said to be equivalent though it is as far apart as the margin. */
export function isFalseEquivalence({ outcome, truth }: LookedPair, margin: number): boolean {
  return outcome === 'equivalent' && Math.abs(truth) >= margin;
}

/** Cells that the grid used: a variant gets no more seeds once all its pairs are decided. */
export function cellsUsed(pairs: readonly LookedPair[], seeds: number): number {
  const variants = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const used = variants.map((variant) =>
    Math.max(
      ...pairs.flatMap(({ a, b, decidedAfter }) =>
        a === variant || b === variant ? [decidedAfter ?? seeds] : [],
      ),
    ),
  );
  return used.reduce((sum, count) => sum + count, 0);
}

const exponential = (rng: Rng): number => -Math.log(1 - rng.uniform());

/** Shapes of noise that training may have; a variant that has none of its own shape is exchangeable with the others. */
export const SHAPES: Readonly<Record<string, (rng: Rng) => number>> = {
  normal: (rng) => rng.normal(),
  'skewed (exponential)': exponential,
  'very skewed (log-normal)': (rng) => Math.exp(rng.normal()),
  'heavy tails (t, 3 degrees)': (rng) =>
    rng.normal() / Math.sqrt((rng.normal() ** 2 + rng.normal() ** 2 + rng.normal() ** 2) / 3),
  'coarse (steps of 1 sd)': (rng) => Math.round(rng.normal()),
  'learns or not (70 % against 30 %)': (rng) => (rng.uniform() < 0.7 ? 1 : 0) + 0.02 * rng.normal(),
};

/** Differences with mean 0 that are not symmetric: the two variants differ in the shape of their noise. */
export const LOPSIDED: Readonly<Record<string, (rng: Rng) => number>> = {
  'exponential against normal of the same sd': (rng) => exponential(rng) - 1 - rng.normal(),
  'exponential against no noise': (rng) => exponential(rng) - 1,
  'log-normal against no noise': (rng) => Math.exp(rng.normal()) - Math.exp(0.5),
  'learns or not against steady noise': (rng) => (rng.uniform() < 0.7 ? 1 : 0) - 0.7 - 0.1 * rng.normal(),
};

/** The true means of the grid of 8 variants, in standard deviations of a paired difference. */
export const SPREAD_OUT = [0, 0, 0.5, 1, 2, 3, 4, 6] as const;

/** Noise of a cell of which the difference of two has standard deviation 1. */
export const UNIT_NOISE = (rng: Rng): number => rng.normal() / Math.SQRT2;
