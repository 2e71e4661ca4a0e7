import type { Range } from '../stats/meanInterval.js';
import { DataError } from '../../src/core/errors.js';
import type { CellCost, ResultRow, Variant } from './contract.js';
import { variantKey, variantLabels } from './labels.js';

/** The rows of one variant of a task, one a seed. */
export interface VariantGroup {
  readonly label: string;
  readonly variant: Variant;
  readonly place: number;
  readonly rows: readonly ResultRow[];
  /** Those that finished, by seed. */
  readonly done: ReadonlyMap<number, DoneRow>;
}

/** A row with a result. */
export type DoneRow = ResultRow & { readonly test: number };

/** The rows of one task. */
export interface TaskGroup {
  readonly task: string;
  readonly metric: string;
  readonly unit: string;
  readonly best: 'high' | 'low';
  readonly variants: readonly VariantGroup[];
}

/** Between what the metric of a group lies: a share between 0 and 1, anything else anywhere. */
export function rangeOf({ unit, variants }: Pick<TaskGroup, 'unit' | 'variants'>): Range | undefined {
  const tests = variants.flatMap(({ done }) => [...done.values()].map(({ test }) => test));
  return unit === '' && tests.every((test) => test >= 0 && test <= 1) ? [0, 1] : undefined;
}

/** Items under the same key, in the order in which keys first come. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

function isDone(row: ResultRow): row is DoneRow {
  return row.status === 'done' && row.test !== null;
}

/** Rows of one variant must differ in seed and agree in cost. */
function checkVariant(
  task: string,
  label: string,
  rows: readonly ResultRow[],
  done: readonly DoneRow[],
): void {
  const seeds = rows.map((row) => row.seed);
  const twice = seeds.find((seed, i) => seeds.indexOf(seed) !== i);
  if (twice !== undefined) {
    throw new DataError(
      `results of ${task}, ${label}: expected one row a seed, got several of seed ${twice}; are these two grids?`,
    );
  }
  const fields: readonly (keyof CellCost)[] = ['parameters', 'stateBytes', 'flopsPerToken'];
  for (const field of fields) {
    const other = done.find((row) => row.cost[field] !== done[0]?.cost[field]);
    if (other) {
      throw new DataError(
        `results of ${task}, ${label}: expected one ${field} for all seeds, got ${done[0]?.cost[field] ?? 0} and ${other.cost[field]} (seed ${other.seed}); are these two grids?`,
      );
    }
  }
}

/** Rows of one task must measure the same thing. */
function checkMetric(task: string, rows: readonly ResultRow[]): void {
  for (const field of ['metric', 'unit', 'best'] as const) {
    const values = [...new Set(rows.map((row) => row[field]))];
    if (values.length > 1) {
      throw new DataError(
        `results of ${task}: expected one ${field}, got ${values.map((value) => `'${value}'`).join(' and ')}; are these two grids?`,
      );
    }
  }
}

/**
 * Rows by task and variant, in the order of the rows; a variant has the same label and place in all tasks.
 *
 * @throws DataError when a variant has a seed twice or costs that differ, or a task several metrics.
 */
export function groupRows(rows: readonly ResultRow[]): TaskGroup[] {
  const distinct = [...new Map(rows.map((row) => [variantKey(row.variant), row.variant])).values()];
  const labels = variantLabels(distinct);
  const names = new Map(
    distinct.map((variant, place) => [variantKey(variant), { label: labels[place] ?? '', place }]),
  );
  return [...groupBy(rows, (row) => row.task)].flatMap(([task, inTask]) => {
    checkMetric(task, inTask);
    const [first] = inTask;
    const variants = [...groupBy(inTask, (row) => variantKey(row.variant))].map(([key, members]) => {
      const { label = '', place = 0 } = names.get(key) ?? {};
      const done = members.filter(isDone);
      checkVariant(task, label, members, done);
      return {
        label,
        place,
        variant: members[0]?.variant ?? {},
        rows: members,
        done: new Map(done.map((row) => [row.seed, row])),
      };
    });
    variants.sort((a, b) => a.place - b.place);
    return first ? [{ task, metric: first.metric, unit: first.unit, best: first.best, variants }] : [];
  });
}
