import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { analyse } from '../../eval/compare/analyse.js';
import type { Comparison } from '../../eval/compare/comparison.js';
import { formatResult } from '../../eval/compare/contract.js';
import type { GroupOutcome } from '../../train/grid/contract.js';
import type { GridPlan } from './plan.js';
import { cellLines, cellTimings, resultRows } from './rows.js';

const lines = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

/**
 * Writes what a grid came to into its folder: `results.jsonl` (the same whenever and wherever it ran), `timings.jsonl`,
 * `cells.jsonl` (all cells, also those not chosen), and the reports.
 */
export async function keepComparison(
  folder: string,
  plan: GridPlan,
  groups: readonly GroupOutcome[],
): Promise<Comparison> {
  const rows = resultRows(plan, groups);
  const timings = cellTimings(groups);
  await writeFile(join(folder, 'results.jsonl'), rows.map(formatResult).join(''));
  await writeFile(join(folder, 'timings.jsonl'), lines(timings));
  await writeFile(join(folder, 'cells.jsonl'), lines(cellLines(plan, groups)));
  const comparison = analyse(rows, { timings });
  return comparison;
}
