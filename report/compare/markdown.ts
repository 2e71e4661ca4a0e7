import { counted } from '../../src/core/text.js';
import type { Comparison, TaskComparison } from '../../eval/compare/comparison.js';
import { verdictLines } from '../../eval/compare/verdictText.js';
import type { SearchResult } from '../../experiments/lrSearch.js';
import { checkMeta, originMarkdown, type ReportMeta } from '../origin.js';
import { markdownTable, markdownText } from '../table.js';
import { improvementTable, overTasksNotes, overTasksTable } from './overTasks.js';
import { searchTable } from './search.js';
import { failureTable, frontierTable, variantTable } from './tables.js';

/** Title of a report that was given none. */
export const DEFAULT_TITLE = 'Comparison of learning rules';

const bullets = (texts: readonly string[]): string => texts.map((text) => `- ${text}`).join('\n');

/** How many cells there are and what came of them, and the settings that all share. */
export function overview({ cells, constants }: Comparison): string {
  const common = Object.entries(constants).map(([key, value]) => `${key} ${value}`);
  const counts = `${counted(cells.total, 'cell')}: ${cells.done} done, ${cells.diverged} diverged, ${cells.failed} failed.`;
  return common.length > 0 ? `${counts} All have ${common.join(', ')}.` : counts;
}

function taskPart(task: TaskComparison, searched: SearchResult | undefined): string[] {
  const tried = searched && searchTable(task, searched);
  const verdicts = verdictLines(task.pairs).map(({ text }) => `${markdownText(text)}.`);
  return [
    `## ${markdownText(task.task)}`,
    ...task.findings.map(markdownText),
    markdownTable(variantTable(task)),
    ...(task.frontiers?.of ?? []).map((one) => markdownTable(frontierTable(task, one, true))),
    ...task.warnings.map((text) => `**Note.** ${markdownText(text)}`),
    ...task.checks.map(({ text }) => markdownText(text)),
    ...(verdicts.length > 0 ? ['### Verdicts', bullets(verdicts)] : []),
    ...(tried && tried.rows.length > 0 ? ['### Learning rates', markdownTable(tried)] : []),
    ...(task.failures.length > 0 ? ['### Without a result', markdownTable(failureTable(task))] : []),
  ];
}

/** What the tasks say together. */
function togetherPart({ overTasks }: Comparison): string[] {
  if (!overTasks) return [];
  return [
    '## All tasks',
    ...overTasksNotes(overTasks).map(markdownText),
    markdownTable(overTasksTable(overTasks)),
    markdownTable(improvementTable(overTasks)),
  ];
}

/** The comparison as Markdown: findings, tables, verdicts, methods, and where it comes from; without charts. */
export function reportMarkdown(comparison: Comparison, meta: ReportMeta): string {
  const parts = [
    `# ${markdownText(checkMeta('reportMarkdown', meta).title ?? DEFAULT_TITLE)}`,
    markdownText(overview(comparison)),
    ...comparison.tasks.flatMap((task) => taskPart(task, meta.searched)),
    ...togetherPart(comparison),
    '## How to read this',
    bullets(comparison.methods),
    originMarkdown(meta),
  ];
  return `${parts.join('\n\n')}\n`;
}
