import type { TaskComparison, VariantSummary } from '../../eval/compare/comparison.js';
import { variantKey } from '../../eval/compare/labels.js';
import type { SearchResult, SearchTrial } from '../../experiments/lrSearch.js';
import { isLogarithmic } from '../slicePlaces.js';
import { lineChart } from '../plots/axes.js';
import { table, type Cell, type Table } from '../table.js';

/** The trials of one variant of a task, each rate and value by its longest training, rates ascending. */
function longest({ trials }: SearchResult, task: string, { variant }: VariantSummary): SearchTrial[] {
  const own = trials.filter(
    (trial) => trial.task === task && variantKey(trial.variant) === variantKey(variant),
  );
  const last = new Map(own.map((trial) => [JSON.stringify([trial.learningRate, trial.also]), trial]));
  return [...last.values()].sort((a, b) => a.learningRate - b.learningRate);
}

/** What was tried for each variant of a task before its test; no rows where nothing was. */
export function searchTable({ task, metric, variants }: TaskComparison, searched: SearchResult): Table {
  const rows = variants.flatMap((variant) => {
    const key = variantKey(variant.variant);
    const choice = searched.choices.find((one) => one.task === task && variantKey(one.variant) === key);
    return longest(searched, task, variant).map(({ learningRate, also, share, validation }): Cell[] => {
      const isChosen = choice?.learningRate === learningRate && choice.also === also;
      const mark = isChosen ? (choice.atEdge ? 'yes, at the edge' : 'yes') : '';
      return [variant.label, String(learningRate), also ?? null, `${100 * share} %`, validation, mark];
    });
  });
  const all = [
    'variant',
    'learning rate',
    'further setting',
    'of a training',
    `validation ${metric}`,
    'chosen',
  ];
  const columns = all.map((label) =>
    label === 'learning rate' ? ({ label, align: 'right' } as const) : label,
  );
  const keep = (_: unknown, i: number): boolean => i !== 2 || rows.some((row) => row[2] !== null);
  return table(
    `${task}: learning rates that were searched, each by its longest training`,
    columns.filter(keep),
    rows.map((row) => row.filter(keep)),
  );
}

/** Validation against learning rate, a curve a variant, the best of the further setting at each rate; none where nothing was searched. */
export function searchCharts(
  { task, metric, best, variants }: TaskComparison,
  searched: SearchResult,
): string[] {
  const better = (a: number, b: number): number => (best === 'high' ? Math.max(a, b) : Math.min(a, b));
  const series = variants.flatMap((variant) => {
    const byRate = new Map<number, number>();
    for (const { learningRate, validation } of longest(searched, task, variant)) {
      const before = byRate.get(learningRate);
      if (validation !== null)
        byRate.set(learningRate, before === undefined ? validation : better(before, validation));
    }
    const points = [...byRate].map(([x, y]) => ({ x, y }));
    return points.length === 0 ? [] : [{ name: variant.label, style: variant.place, points }];
  });
  if (series.length === 0) return [];
  const logX = isLogarithmic(series.flatMap(({ points }) => points.map(({ x }) => x)));
  return [
    lineChart({ title: `${task}: validation by learning rate`, x: 'learning rate', y: metric, series, logX }),
  ];
}
