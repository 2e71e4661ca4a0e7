import type { Rng } from '../../src/core/rng.js';
import {
  improvementProbability,
  interquartileMean,
  ranksOf,
  shareAbove,
  stratifiedBootstrap,
  type TaskScores,
} from '../stats/aggregate.js';
import type { OverTasks, TaskComparison, VariantOverTasks } from './comparison.js';
import { rangeOf, type TaskGroup } from './groups.js';

/** Scores at which profiles are read. */
const PROFILE_POINTS = 41;

/** Whether all tasks score the same share, of which more is better. */
function haveOneScale(groups: readonly TaskGroup[]): boolean {
  return groups.every((group) => group.best === 'high' && rangeOf(group) !== undefined);
}

function profileOf(scores: TaskScores): VariantOverTasks['profile'] {
  return Array.from({ length: PROFILE_POINTS }, (_, i) => {
    const score = i / (PROFILE_POINTS - 1);
    return { score, share: shareAbove(scores, score) };
  });
}

/**
 * What several tasks say together of the variants that have a result on each; null with one task, or with fewer than
 * two such variants.
 */
export function overTasks(
  tasks: readonly TaskComparison[],
  groups: readonly TaskGroup[],
  { rng, level }: { readonly rng: Rng; readonly level: number },
): OverTasks | null {
  const labels = [...new Set(tasks.flatMap(({ variants }) => variants.map(({ label }) => label)))];
  const found = labels.map((label) => ({
    label,
    place: tasks.flatMap(({ variants }) => variants.filter((one) => one.label === label))[0]?.place ?? 0,
    scores: tasks.map(({ variants, best }) => {
      const own = variants.find((variant) => variant.label === label);
      return (own?.bySeed ?? []).map(({ test }) => (best === 'high' ? test : -test));
    }),
  }));
  const whole = found.filter(({ scores }) => scores.every((runs) => runs.length > 0));
  if (tasks.length < 2 || whole.length < 2) return null;
  const all = whole.map(({ scores }) => scores);
  const options = (what: string) => ({ rng: rng.derive('over tasks', what), level: 1 - level });
  const ranks = (variants: readonly TaskScores[]): number[][] => {
    const perTask = tasks.map((_, task) =>
      ranksOf(
        variants.map(
          (scores) => (scores[task] ?? []).reduce((sum, x) => sum + x, 0) / (scores[task]?.length ?? 1),
        ),
      ),
    );
    return variants.map((_, i) => perTask.map((column) => column[i] ?? NaN));
  };
  const average = (values: readonly number[]): number =>
    values.reduce((sum, x) => sum + x, 0) / values.length;
  const meanRanks = stratifiedBootstrap(all, (drawn) => ranks(drawn).map(average), options('ranks'));
  const isOneScale = haveOneScale(groups);
  const means = isOneScale
    ? stratifiedBootstrap(all, (drawn) => drawn.map(interquartileMean), options('means'))
    : [];
  const own = ranks(all);
  const variants = whole.map(({ label, place, scores }, i): VariantOverTasks => ({
    label,
    place,
    interquartileMean: means[i] ?? null,
    meanRank: meanRanks[i] ?? { value: NaN, low: NaN, high: NaN },
    ranks: own[i] ?? [],
    profile: isOneScale ? profileOf(scores) : [],
  }));
  const couples = whole.flatMap((a, i) => whole.slice(i + 1).map((b) => [a, b] as const));
  const improvement = couples.map(([a, b]) => {
    const statistic = ([x = [], y = []]: readonly TaskScores[]) => [improvementProbability(x, y)];
    const [value] = stratifiedBootstrap([a.scores, b.scores], statistic, options(`${a.label} ${b.label}`));
    return { a: a.label, b: b.label, ...(value ?? { value: NaN, low: NaN, high: NaN }) };
  });
  return {
    tasks: tasks.map(({ task }) => task),
    variants: variants.sort((a, b) => a.meanRank.value - b.meanRank.value),
    leftOut: found.filter((one) => !whole.includes(one)).map(({ label }) => label),
    improvement,
  };
}
