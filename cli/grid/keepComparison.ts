import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { analyse } from '../../eval/compare/analyse.js';
import type { Comparison } from '../../eval/compare/comparison.js';
import { formatResult } from '../../eval/compare/contract.js';
import { resultsCsv } from '../../report/csv.js';
import { reportHtml } from '../../report/html.js';
import { reportMarkdown } from '../../report/compare/markdown.js';
import type { GroupOutcome } from '../../experiments/grid/contract.js';
import type { GridFacts } from './gridFolder.js';
import type { GridPlan } from '../../experiments/plan.js';
import { cellLines, cellTimings, resultRows, type CellLine } from '../../experiments/rows.js';

const lines = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** Learning rates that were lost along the way: a choice among fewer is a choice among fewer. */
function lossNotes(cells: readonly CellLine[]): string[] {
  const lost = cells.filter(({ status }) => status !== 'done');
  if (lost.length === 0) return [];
  return [`${lost.length} of ${cells.length} cells gave no result, each with its reason in cells.jsonl.`];
}

/**
 * Writes what a grid came to into its folder: `results.jsonl` (the same whenever and wherever it ran), `timings.jsonl`,
 * `cells.jsonl` (all cells, also those not chosen), and the reports.
 */
export async function keepComparison(
  folder: string,
  plan: GridPlan,
  groups: readonly GroupOutcome[],
  facts: GridFacts,
): Promise<Comparison> {
  const rows = resultRows(plan, groups);
  const timings = cellTimings(groups);
  await writeFile(join(folder, 'results.jsonl'), rows.map(formatResult).join(''));
  await writeFile(join(folder, 'timings.jsonl'), lines(timings));
  const cells = cellLines(plan, groups);
  await writeFile(join(folder, 'cells.jsonl'), lines(cells));
  const comparison = analyse(rows, { timings });
  const date = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const meta = { ...facts, date, notes: [...facts.notes, ...lossNotes(cells)] };
  await writeFile(join(folder, 'results.csv'), resultsCsv(comparison));
  await writeFile(join(folder, 'report.md'), reportMarkdown(comparison, meta));
  await writeFile(join(folder, 'report.html'), reportHtml(comparison, meta));
  return comparison;
}
