import type { RecallScore, RecallSummary } from '../../experiments/recallSummary.js';
import { signedInWords } from '../../eval/compare/words.js';
import { endCells } from '../compare/tables.js';
import { pageScript } from '../explore/script.js';
import { htmlPage } from '../htmlPage.js';
import { page, trusted } from '../markup.js';
import { checkMeta, originHtml, originMarkdown, type ReportMeta } from '../origin.js';
import {
  fixed,
  grouped,
  htmlTable,
  markdownTable,
  markdownText,
  table,
  type Cell,
  type Table,
} from '../table.js';
import { writeReport } from '../writeReport.js';
import { recallCharts } from './recallCharts.js';

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

interface Layout {
  readonly title: string;
  /** Label of the first column, and its value of a score. */
  readonly first: string;
  readonly rowOf: (score: RecallScore) => string;
  readonly scores: readonly RecallScore[];
}

/** One row per value of `rowOf`, one column per model; chance, oracle and the samples of a model at the end. */
function byModel({ title, first, rowOf, scores }: Layout): Table {
  const models = distinct(scores.map(({ model }) => model));
  const rows = distinct(scores.map(rowOf)).map((row): Cell[] => {
    const own = scores.filter((score) => rowOf(score) === row);
    const cells = models.map((model): Cell => {
      const score = own.find((candidate) => candidate.model === model);
      return score ? { value: score.mean, low: score.low, high: score.high } : null;
    });
    const { chance = null, oracle = null, n = null } = own[0] ?? {};
    return [row, ...cells, chance, oracle, n];
  });
  const format = fixed(3);
  const columns = [...models, 'chance', 'oracle'].map((label) => ({ label, format }));
  return table(title, [first, ...columns, 'samples'], rows);
}

/** The tables that people read: whole parts of the test, then each slice that splits a part. */
export function recallTables({ task, metrics, scores }: RecallSummary): Table[] {
  return metrics.flatMap(({ name, unit }) => {
    const own = scores.filter(({ metric }) => metric === name);
    const label = `${task}: ${name}${unit === '' ? '' : ` (${unit})`}`;
    const whole = own.filter(({ slice }) => slice === null);
    const tables = [byModel({ title: label, first: 'test', rowOf: ({ part }) => part, scores: whole })];
    for (const slice of distinct(own.flatMap((score) => score.slice ?? []))) {
      for (const part of distinct(own.map((score) => score.part))) {
        const bins = own.filter((score) => score.slice === slice && score.part === part);
        if (distinct(bins.map(({ key }) => key)).length < 2) continue;
        const title = `${label} by ${slice}, ${part}`;
        tables.push(byModel({ title, first: slice, rowOf: ({ key }) => key ?? '', scores: bins }));
      }
    }
    return tables;
  });
}

/** What the models are and what they took. */
export function modelTable({ models }: RecallSummary): Table {
  const labels = ['parameters', 'state bytes', 'FLOPs/token', 'seconds', 'training tokens/s'];
  return table(
    'Models',
    [
      ...['model', 'seeds', 'learning rate'],
      { label: 'validation, last fifth', format: signedInWords },
      'at the end',
      ...labels.map((label) => ({ label, format: grouped })),
    ],
    models.map(({ model, done, seeds, learningRates, cost, seconds, tokensPerSecond, end }) => [
      model,
      done === seeds ? String(seeds) : `${done} of ${seeds}`,
      distinct(learningRates).join(', '),
      ...endCells(end),
      ...[cost.parameters, cost.stateBytes, cost.flopsPerToken, seconds, tokensPerSecond],
    ]),
  );
}

/** Every score with all digits, for CSV. */
function scoreTable({ task, scores, models }: RecallSummary): Table {
  const variants = new Map(models.map(({ model, variant }) => [model, variant]));
  const settings = distinct(models.flatMap(({ variant }) => Object.keys(variant)));
  return table(
    'scores',
    [
      ...['task', 'model', ...settings, 'kind', 'part', 'metric', 'slice', 'key', 'mean', 'low', 'high'],
      ...['seeds', 'samples', 'chance', 'oracle'],
    ],
    scores.map((score): Cell[] => {
      const { model, kind, part, metric, slice, key, mean, low, high, seeds, n, chance, oracle } = score;
      const own = settings.map((name) => variants.get(model)?.[name] ?? null);
      const place = [task, model, ...own, kind, part, metric, slice, key];
      return [...place, mean, low, high, seeds, n, chance, oracle];
    }),
  );
}

function recallMarkdown(summary: RecallSummary, meta: ReportMeta, charts: readonly string[]): string {
  const lost = summary.cells.filter(({ status }) => status !== 'done');
  const losses = lost.map(
    ({ cell, status, seed, learningRate, reason = '' }) =>
      `- ${markdownText(cell)}, seed ${seed}, learning rate ${learningRate}: ${status}: ${markdownText(reason).replaceAll('\n', ' ')}`,
  );
  const pictures = charts.map((name) => `![${name}](${name}.svg)`);
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length > 0 ? [`## ${title}`, lines.join('\n')] : [];
  return `${[
    `# Recall: ${summary.task}`,
    ...summary.warnings.map((text) => `**Note.** ${markdownText(text)}`),
    ...[...recallTables(summary), modelTable(summary)].flatMap((each) =>
      section(each.title, [markdownTable(each)]),
    ),
    ...section('Cells without a result', losses),
    ...section('Pictures', pictures),
    originMarkdown(meta),
  ].join('\n\n')}\n`;
}

/** The cells that gave no result, as a table. */
const lossTable = (cells: RecallSummary['cells']): Table =>
  table(
    'Cells without a result',
    ['cell', 'seed', 'learning rate', 'status', 'reason'],
    cells.map(({ cell, seed, learningRate, status, reason = '' }) => [
      cell,
      seed,
      learningRate,
      status,
      reason,
    ]),
  );

/** All of it on one page, whose tables can be sorted and filtered. */
function recallHtml(summary: RecallSummary, meta: ReportMeta, charts: readonly string[]): string {
  const title = `Recall: ${summary.task}`;
  const lost = summary.cells.filter(({ status }) => status !== 'done');
  const [scores, ...slices] = recallTables(summary).map((each) => htmlTable(each));
  const figures = charts.map((svg) => page`<figure>${trusted(svg)}</figure>`);
  const more = slices.length === 0 ? '' : page`<details><summary>By slice</summary>${slices}</details>`;
  return htmlPage({
    title,
    header: page`<header><h1>${title}</h1>${summary.warnings.map((text) => page`<p class="warning" role="note">${text}</p>`)}</header>`,
    main: [
      page`<section>${scores ?? ''}<div class="charts">${figures}</div>${more}</section>`,
      page`<section><h2>Models</h2>${htmlTable(modelTable(summary))}</section>`,
      lost.length === 0
        ? ''
        : page`<section><h2>Without a result</h2>${htmlTable(lossTable(lost))}</section>`,
    ],
    footer: originHtml(meta),
    script: pageScript,
  });
}

/**
 * Writes what a grid on a task measured into a folder: `results.json`, `results.csv`, `results.md`, the same as one page,
 * `report.html`, and the pictures.
 *
 * Gives the document that `results.json` holds.
 */
export async function writeRecall(
  folder: string,
  summary: RecallSummary,
  meta: ReportMeta,
): Promise<ReportMeta & RecallSummary> {
  const document = { ...checkMeta('writeRecall', meta), ...summary };
  const charts = recallCharts(summary);
  await writeReport(folder, {
    documents: { results: document },
    charts,
    tables: { results: scoreTable(summary) },
    pages: {
      'results.md': recallMarkdown(summary, meta, Object.keys(charts)),
      'report.html': recallHtml(summary, meta, Object.values(charts)),
    },
  });
  return document;
}
