import type { Comparison, SeedMean, TaskComparison } from '../../eval/compare/comparison.js';
import { verdictLines } from '../../eval/compare/verdictText.js';
import type { Cell, LabTable } from '../lab/labTables.js';

/** One task of a comparison for a terminal. */
export interface TaskView {
  readonly title: string;
  readonly table: LabTable;
  readonly findings: readonly string[];
  /** Verdicts in words, decided ones first. */
  readonly pairs: readonly string[];
}

function meanText(score: SeedMean | null): string {
  if (score === null) return 'no result';
  const { mean, low, high } = score;
  return low === null || high === null
    ? mean.toFixed(4)
    : `${mean.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
}

function variantTable({ metric, unit, variants }: TaskComparison): LabTable {
  return {
    head: [
      'variant',
      unit === '' ? metric : `${metric} (${unit})`,
      'seeds',
      'rate',
      'parameters',
      'state bytes',
      'FLOPs/token',
      'tokens/s',
    ],
    rows: variants.map(({ label, test, learningRates, cost }): Cell[] => [
      label,
      meanText(test),
      test?.seeds ?? 0,
      learningRates.join(', '),
      cost?.parameters ?? null,
      cost?.stateBytes ?? null,
      cost?.flopsPerToken ?? null,
      cost?.trainTokensPerSecond == null ? null : Math.round(cost.trainTokensPerSecond),
    ]),
  };
}

/** What a terminal shows of a comparison, task by task. */
export function taskTables({ tasks }: Comparison): TaskView[] {
  return tasks.map((task) => ({
    title: `${task.task}, 95 % intervals over seeds`,
    table: variantTable(task),
    findings: [
      ...task.findings,
      ...task.failures.map(({ label, seed, status }) => `${label}, seed ${seed}: ${status}`),
    ],
    pairs: verdictLines(task.pairs).map(({ text }) => text),
  }));
}
