import type { Comparison } from '../eval/compare/comparison.js';
import type { Output } from './output.js';

/** Verdicts printed at most; the report has all. */
const MOST_VERDICTS = 12;

/** Prints what a comparison found: a table of variants, findings, and the first verdicts of each task. */
export async function printComparison(output: Output, { tasks, overTasks }: Comparison): Promise<void> {
  const { pickColumns, textTable } = await import('../report/table.js');
  const { TERMINAL_COLUMNS, variantTable } = await import('../report/compare/tables.js');
  const { verdictLines } = await import('../eval/compare/verdictText.js');
  for (const task of tasks) {
    const table = variantTable(task);
    output.line(`\n${table.title}\n${textTable(pickColumns(table, TERMINAL_COLUMNS(task)))}\n`);
    for (const sentence of [...task.findings, ...task.warnings]) output.line(sentence);
    for (const { label, seed, status } of task.failures) output.line(`${label}, seed ${seed}: ${status}`);
    const verdicts = verdictLines(task.pairs);
    for (const { text } of verdicts.slice(0, MOST_VERDICTS)) output.line(`- ${text}`);
    const more = verdicts.length - MOST_VERDICTS;
    if (more > 0) output.line(`- ${more} more in the report`);
  }
  if (!overTasks) return;
  const { improvementTable, overTasksNotes, overTasksTable } = await import('../report/compare/overTasks.js');
  for (const part of [overTasksTable(overTasks), improvementTable(overTasks)])
    output.line(`\n${part.title}\n${textTable(part)}`);
  for (const note of overTasksNotes(overTasks)) output.line(note);
}
