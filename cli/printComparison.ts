import type { Comparison } from '../eval/compare/comparison.js';
import type { Output } from './output.js';

/** Verdicts printed at most; the report has all. */
const MOST_VERDICTS = 12;

/** Prints what a comparison found: a table of variants, findings, and the first verdicts of each task. */
export async function printComparison(output: Output, { tasks, overTasks }: Comparison): Promise<void> {
  const { pickColumns, textTable, withoutShared } = await import('../report/table.js');
  const { wrapped } = await import('../report/card.js');
  const { frontierTable, TERMINAL_COLUMNS, variantTable } = await import('../report/compare/tables.js');
  const { verdictLines } = await import('../eval/compare/verdictText.js');
  // A terminal breaks lines within words.
  const say = (text: string): void =>
    output.line(output.interactive ? wrapped(text, output.columns).join('\n') : text);
  for (const task of tasks) {
    const whole = variantTable(task);
    const { table, shared } = withoutShared(pickColumns(whole, TERMINAL_COLUMNS(task)), 2);
    output.line(`\n${whole.title}\n${textTable(table)}`);
    if (shared !== '') say(`the same for all: ${shared}`);
    for (const one of task.frontiers?.of ?? []) {
      const best = frontierTable(task, one, false);
      output.line(`\n${best.title}\n${textTable(best)}`);
    }
    output.line();
    for (const sentence of [...task.findings, ...task.warnings]) say(sentence);
    for (const { label, seed, status } of task.failures) say(`${label}, seed ${seed}: ${status}`);
    const verdicts = verdictLines(task.pairs);
    for (const { text } of verdicts.slice(0, MOST_VERDICTS)) say(`- ${text}`);
    const more = verdicts.length - MOST_VERDICTS;
    if (more > 0) output.line(`- ${more} more in the report`);
  }
  if (!overTasks) return;
  const { improvementTable, overTasksNotes, overTasksTable } = await import('../report/compare/overTasks.js');
  for (const part of [overTasksTable(overTasks), improvementTable(overTasks)])
    output.line(`\n${part.title}\n${textTable(part)}`);
  for (const note of overTasksNotes(overTasks)) say(note);
}
