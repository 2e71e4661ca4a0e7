import { counted } from '../../src/core/text.js';
import { analyse } from '../../eval/compare/analyse.js';
import type { Comparison } from '../../eval/compare/comparison.js';
import { formatResult } from '../../eval/compare/contract.js';
import type { GroupOutcome } from '../../experiments/grid/contract.js';
import type { GridPlan } from '../../experiments/plan.js';
import { cellLines, cellTimings, resultRows } from '../../experiments/rows.js';
import { checkMeta, type ReportMeta } from '../origin.js';
import { writeReport } from '../writeReport.js';
import { reportHtml } from './html.js';
import { reportMarkdown } from './markdown.js';
import { resultTable } from './tables.js';

const lines = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** Writes the report of a comparison into a folder: `results.csv`, `report.md`, `report.html` and further pages. */
export async function writeVerdicts(
  folder: string,
  comparison: Comparison,
  meta: ReportMeta,
  pages: Readonly<Record<string, string>> = {},
): Promise<void> {
  checkMeta('writeVerdicts', meta);
  await writeReport(folder, {
    tables: { results: resultTable(comparison) },
    pages: {
      ...pages,
      'report.md': reportMarkdown(comparison, meta),
      'report.html': reportHtml(comparison, meta),
    },
  });
}

/**
 * Compares the variants of a grid and writes what was found into a folder: `results.jsonl` (the same whenever and
 * wherever it ran), `timings.jsonl`, `cells.jsonl` (all cells, also those not chosen), `search.jsonl` (rates that were searched), `results.csv`, `report.md`
 * and `report.html`.
 */
export async function writeComparison(
  folder: string,
  plan: GridPlan,
  groups: readonly GroupOutcome[],
  meta: ReportMeta,
): Promise<Comparison> {
  checkMeta('writeComparison', meta);
  const [rows, timings, cells] = [resultRows(plan, groups), cellTimings(groups), cellLines(plan, groups)];
  const comparison = analyse(rows, {
    timings,
    sequential: plan.auto !== undefined,
    margin: plan.margin,
    frontier: plan.frontier,
    ratesChosen: plan.searched !== undefined || groups.some((group) => group.cells.length > 1),
  });
  // A learning rate that was lost leaves a choice among fewer, and a reader must know.
  const lost = cells.filter(({ status }) => status !== 'done').length;
  const losses = `${lost} of ${counted(cells.length, 'cell')} gave no result, each with its reason in cells.jsonl.`;
  const { searched } = plan;
  const notes = [...(meta.notes ?? []), ...(lost > 0 ? [losses] : [])];
  const origin = { ...meta, notes, ...(searched && { searched }) };
  await writeVerdicts(folder, comparison, origin, {
    'results.jsonl': rows.map(formatResult).join(''),
    'timings.jsonl': lines(timings),
    'cells.jsonl': lines(cells),
    ...(searched && { 'search.jsonl': lines(searched.trials) }),
  });
  return comparison;
}
