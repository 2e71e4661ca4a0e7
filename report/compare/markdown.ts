import type { Comparison, SeedMean, TaskComparison, VariantSummary } from '../../eval/compare/comparison.js';
import { ranked } from '../../eval/compare/findings.js';
import { verdictLines } from '../../eval/compare/verdictText.js';
import { counted, intervalInWords, inWords } from '../../eval/compare/words.js';
import { metricLabel } from './charts.js';
import { markdownTable, markdownText } from '../markdownTable.js';
import { DEFAULT_TITLE, type ReportMeta } from '../meta.js';

function meanWords(mean: SeedMean | null): string {
  return mean === null ? 'no result' : `${inWords(mean.mean, 4)}${intervalInWords(mean.low, mean.high)}`;
}

function orDash(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : inWords(value, 4);
}

function variantRow({ label, test, cost, learningRates, wins, losses }: VariantSummary): string[] {
  return [
    label,
    meanWords(test),
    String(test?.seeds ?? 0),
    `${wins} / ${losses}`,
    learningRates.map(String).join(', '),
    cost ? String(cost.parameters) : '–',
    cost ? String(cost.stateBytes) : '–',
    orDash(cost?.flopsPerToken),
    orDash(cost?.trainTokensPerSecond),
    orDash(cost?.decodeMs),
  ];
}

function taskPart(task: TaskComparison): string[] {
  const head = ['variant', metricLabel(task), 'seeds', 'better / worse', 'learning rate'];
  const costs = ['parameters', 'bytes of state', 'FLOPs a token', 'training tokens/s', 'decode ms'];
  const failures = task.failures.map(({ label, seed, status, reason }) => [
    label,
    String(seed),
    status,
    reason,
  ]);
  return [
    `## ${task.task}`,
    '',
    ...task.findings.map((finding) => `${markdownText(finding)}\n`),
    ...markdownTable([...head, ...costs], ranked(task.variants, task.best).map(variantRow)),
    '',
    ...task.checks.map(({ text }) => `${markdownText(text)}\n`),
    ...(task.pairs.length > 0
      ? ['### Verdicts', '', ...verdictLines(task.pairs).map(({ text }) => `- ${markdownText(text)}.`), '']
      : []),
    ...(failures.length > 0
      ? ['### Without a result', '', ...markdownTable(['variant', 'seed', 'status', 'reason'], failures), '']
      : []),
  ];
}

function fence(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(Math.max(3, longest + 1));
}

function origin({ command, date, versions, machine, notes = [] }: ReportMeta): string[] {
  const facts = [...Object.entries(versions), ...Object.entries(machine)].map(([name, value]) => [
    name,
    String(value),
  ]);
  const mark = fence(command);
  return [
    '## How it was made',
    '',
    `${mark}sh`,
    command,
    mark,
    '',
    ...markdownTable(['what', 'value'], [['date', date], ...facts]),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `- ${markdownText(note)}`)] : []),
  ];
}

/** The comparison as Markdown: findings, tables, verdicts, methods, and where it comes from; without charts. */
export function reportMarkdown(comparison: Comparison, meta: ReportMeta): string {
  const { cells, constants, tasks, methods } = comparison;
  const common = Object.entries(constants).map(([key, value]) => `${key} ${value}`);
  const lines = [
    `# ${meta.title ?? DEFAULT_TITLE}`,
    '',
    `${counted(cells.total, 'cell')}: ${cells.done} done, ${cells.diverged} diverged, ${cells.failed} failed.${common.length > 0 ? ` All have ${markdownText(common.join(', '))}.` : ''}`,
    '',
    ...tasks.flatMap(taskPart),
    '## How to read this',
    '',
    ...methods.map((method) => `- ${method}`),
    '',
    ...origin(meta),
  ];
  return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n`;
}
