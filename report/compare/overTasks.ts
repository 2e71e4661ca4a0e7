import type { OverTasks } from '../../eval/compare/comparison.js';
import { lineChart } from '../plots/axes.js';
import { fixed, table, type Cell, type Table } from '../table.js';

/** Variants over all tasks: mean rank, interquartile mean where tasks have one scale, and the rank on each task. */
export function overTasksTable({ tasks, variants }: OverTasks): Table {
  const hasMean = variants.some(({ interquartileMean }) => interquartileMean !== null);
  const columns = [
    'variant',
    { label: 'mean rank', format: fixed(2) },
    ...(hasMean ? [{ label: 'interquartile mean', format: fixed(4) }] : []),
    ...tasks.map((task) => ({ label: `rank on ${task}`, align: 'right' as const })),
  ];
  const rows = variants.map(({ label, meanRank, interquartileMean, ranks }): Cell[] => [
    label,
    meanRank,
    ...(hasMean ? [interquartileMean] : []),
    ...ranks,
  ]);
  return table(
    'All tasks: variants, the best mean rank first, with 95 % intervals over seeds',
    columns,
    rows,
  );
}

/** How probable it is that a run of one variant is better than one of another. */
export function improvementTable({ improvement }: OverTasks): Table {
  return table(
    'All tasks: probability that a run of the first is better than one of the second, with 95 % intervals over seeds',
    ['pair', { label: 'probability of improvement', format: fixed(3) }],
    improvement.map(({ a, b, value, low, high }): Cell[] => [`${a} over ${b}`, { value, low, high }]),
  );
}

/** Performance profiles, where tasks have one scale. */
export function profileCharts({ variants }: OverTasks): string[] {
  const series = variants.flatMap(({ label, place, profile }) =>
    profile.length === 0
      ? []
      : [{ name: label, style: place, points: profile.map(({ score, share }) => ({ x: score, y: share })) }],
  );
  if (series.length === 0) return [];
  const axes = { x: 'score', y: 'share of runs above it' };
  return [
    lineChart({ title: 'All tasks: performance profile', ...axes, series, legend: false, yDomain: [0, 1] }),
  ];
}

/** How to read these, in a sentence, and who is left out. */
export function overTasksNotes({ variants, leftOut }: OverTasks): string[] {
  const hasMean = variants.some(({ interquartileMean }) => interquartileMean !== null);
  return [
    `Over tasks: runs are drawn anew within each task (stratified bootstrap, Agarwal et al. 2021), so intervals are about new seeds on these tasks; they are no verdicts.${hasMean ? '' : ' Tasks do not share a scale, so only ranks and probabilities of improvement are given.'}`,
    ...(leftOut.length > 0
      ? [`Without a result on every task, and so left out here: ${leftOut.join('; ')}.`]
      : []),
  ];
}
