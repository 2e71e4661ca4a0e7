import { ShapeError } from '../../src/core/errors.js';
import { mean } from '../../src/core/numbers.js';
import type { Rng } from '../../src/core/rng.js';

/** Scores of one variant: of each task those of its runs, more always better. */
export type TaskScores = readonly (readonly number[])[];

/** A statistic with the bounds of its interval. */
export interface Aggregate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Mean of the middle half of all runs of all tasks: the lowest and the highest quarter, rounded down, are left out.
 *
 * Scores of different tasks must be of one scale.
 * Source: Agarwal et al. 2021, arXiv:2108.13264; as `aggregate_iqm` of rliable.
 */
export function interquartileMean(scores: TaskScores): number {
  const sorted = scores.flat().sort((a, b) => a - b);
  const cut = Math.floor(sorted.length / 4);
  return mean(sorted.slice(cut, sorted.length - cut));
}

/**
 * Probability that a run of x is better than one of y, the mean over tasks; equal scores count half.
 *
 * Source: as above; the Mann-Whitney statistic, as `probability_of_improvement` of rliable.
 */
export function improvementProbability(x: TaskScores, y: TaskScores): number {
  const perTask = x.map((own, task) => {
    const other = y[task] ?? [];
    return mean(own.flatMap((a) => other.map((b) => (a > b ? 1 : a === b ? 0.5 : 0))));
  });
  return mean(perTask);
}

/** Share of the runs of each task above a score, the mean over tasks: one point of a performance profile. */
export function shareAbove(scores: TaskScores, score: number): number {
  return mean(scores.map((runs) => runs.filter((run) => run > score).length / runs.length));
}

/** Ranks of variants on one task by their mean, 1 the best; equals share the mean of their ranks. */
export function ranksOf(means: readonly number[]): number[] {
  return means.map((own) => {
    const better = means.filter((other) => other > own).length;
    const equal = means.filter((other) => other === own).length;
    return better + (equal + 1) / 2;
  });
}

/**
 * Statistics of the scores of several variants with percentile intervals by the stratified bootstrap: runs are drawn
 * with replacement within each task, for each variant by itself, so that intervals are about new seeds on the same tasks.
 *
 * @throws ShapeError when a variant has a task without runs, or other tasks than the rest.
 * Source: Agarwal et al. 2021, arXiv:2108.13264, section 4.
 */
export function stratifiedBootstrap(
  variants: readonly TaskScores[],
  statistic: (variants: readonly TaskScores[]) => readonly number[],
  {
    rng,
    resamples = 2000,
    level = 0.95,
  }: { readonly rng: Rng; readonly resamples?: number; readonly level?: number },
): Aggregate[] {
  const tasks = variants[0]?.length ?? 0;
  if (variants.some((scores) => scores.length !== tasks || scores.some((runs) => runs.length === 0)))
    throw new ShapeError(
      `bootstrap over tasks: expected runs on each of ${tasks} tasks from every variant, got none on some`,
    );
  const values = statistic(variants);
  const draws = values.map(() => new Float64Array(resamples));
  for (let draw = 0; draw < resamples; draw++) {
    const drawn = variants.map((scores) =>
      scores.map((runs) => runs.map(() => runs[rng.below(runs.length)] ?? NaN)),
    );
    for (const [i, value] of statistic(drawn).entries()) {
      const column = draws[i];
      if (column) column[draw] = value;
    }
  }
  return values.map((value, i) => {
    const sorted = (draws[i] ?? new Float64Array()).sort();
    const at = (probability: number): number => {
      const place = probability * (sorted.length - 1);
      const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
      return below + (above - below) * (place - Math.floor(place));
    };
    return { value, low: at((1 - level) / 2), high: at((1 + level) / 2) };
  });
}
