import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { markdownTable, markdownText } from '../markdownTable.js';
import { cellText } from '../lab/labTables.js';
import { toCsv } from '../lab/keepResults.js';
import { toJson } from '../json.js';
import { modelTable, recallTables, scoreTable, type TitledTable } from './recallTables.js';
import { recallCharts } from './recallCharts.js';
import type { RecallSummary } from '../../experiments/recallSummary.js';

const tableText = ({ head, rows }: Omit<TitledTable, 'title'>): string =>
  markdownTable(head, rows).join('\n');

/** The whole of it as Markdown, with the pictures beside. */
function recallMarkdown(
  summary: RecallSummary,
  facts: readonly string[],
  charts: readonly { readonly name: string }[],
): string {
  const models = modelTable(summary);
  const lost = summary.cells.filter(({ status }) => status !== 'done');
  const losses = lost.map(
    ({ cell, status, seed, learningRate, reason }) =>
      `- ${cell}, seed ${seed}, rate ${learningRate}: ${status}: ${markdownText(reason ?? '').replaceAll('\n', ' ')}`,
  );
  return [
    `# Recall: ${summary.task}`,
    facts.join('  \n'),
    ...recallTables(summary).map((table) => `## ${table.title}\n\n${tableText(table)}`),
    `## Models\n\n${tableText({ head: models.head, rows: models.rows.map((row) => row.map(cellText)) })}`,
    ...(losses.length > 0 ? [`## Cells without a result\n\n${losses.join('\n')}`] : []),
    ...(charts.length > 0
      ? [`## Pictures\n\n${charts.map(({ name }) => `![${name}](${name}.svg)`).join('\n')}`]
      : []),
  ].join('\n\n');
}

/** Writes `results.json`, `results.csv`, `results.md` and the pictures into the folder of the grid. */
export async function keepRecall(
  folder: string,
  summary: RecallSummary,
  document: object,
  facts: readonly string[],
): Promise<void> {
  const charts = recallCharts(summary);
  await writeFile(join(folder, 'results.json'), toJson(document));
  await writeFile(join(folder, 'results.csv'), toCsv(scoreTable(summary)));
  await writeFile(join(folder, 'results.md'), `${recallMarkdown(summary, facts, charts)}\n`);
  for (const { name, svg } of charts) await writeFile(join(folder, `${name}.svg`), `${svg}\n`);
}
