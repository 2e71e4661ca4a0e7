import { relative } from 'node:path';
import {
  probes,
  type Finding,
  type NamedReport,
  type ProbePicture,
  type ProbeResult,
} from '../../eval/index.js';
import { heatMap, lineChart } from '../plots/index.js';
import { visible } from '../../src/core/visible.js';
import { htmlPage } from '../htmlPage.js';
import { page, trusted, type Markup } from '../markup.js';
import {
  fixed,
  htmlTable,
  markdownTable,
  markdownText,
  table,
  textTable,
  type Cell,
  type Table,
} from '../table.js';
import { writeReport } from '../writeReport.js';

/** Where results come from. */
export interface EvalSource {
  readonly checkpoint: string;
  readonly step: number;
  readonly data: string;
  /** For people: how many stories of what were scored. */
  readonly scored: string;
  readonly seed: number;
}

/** What an evaluation found. */
interface EvalResults {
  readonly reports: readonly NamedReport[];
  /** What matters most, first. */
  readonly summary: readonly Finding[];
}

const format = fixed(4);

function baselinesText({ baselines = {} }: ProbeResult): string {
  return Object.entries(baselines)
    .map(([name, value]) => `${name} ${format(value)}`)
    .join(', ');
}

/** The measurements, without their slices. */
function metricTable(results: readonly ProbeResult[]): Table {
  const numbers = ['value', 'low', 'high'].map((label) => ({ label, format }));
  return table(
    'results',
    ['probe', 'metric', ...numbers, 'unit', 'n', 'baselines'],
    results.map((result) => {
      const { probe, metric, value, low, high, unit, n } = result;
      return [probe, metric, value, low, high, unit, n, baselinesText(result)];
    }),
  );
}

/** The slices of one measurement. */
function sliceTable({ metric, unit, slices }: ProbeResult): Table {
  const numbers = [unit, 'low', 'high'].map((label) => ({ label, format }));
  return table(
    metric,
    [metric, ...numbers, 'n'],
    slices.map(({ name, value, low, high, n }) => [name, value, low, high, n]),
  );
}

function tablesOf(results: readonly ProbeResult[]): Table[] {
  if (results.length === 0) return [];
  return [metricTable(results), ...results.filter(({ slices }) => slices.length > 0).map(sliceTable)];
}

/** Results for a terminal: one table of the measurements, one for the slices of each, and the notes. */
export function probesText(reports: readonly NamedReport[]): string {
  const notes = reports.flatMap(({ probe, notes: texts = [] }) => texts.map((note) => `${probe}: ${note}`));
  const tables = tablesOf(reports.flatMap((report) => report.results)).map(textTable);
  return [...tables, ...notes].join('\n\n');
}

/** Every measurement and every slice of one in a row, with all digits, for CSV. */
function resultTable(reports: readonly NamedReport[]): Table {
  const rows = reports
    .flatMap(({ results }) => results)
    .flatMap((result): Cell[][] => {
      const { probe, metric, unit, slices } = result;
      return [{ ...result, name: '' }, ...slices].map(({ name, value, low, high, n }) => [
        ...[probe, metric, name, value, low, high, unit, n],
        name === '' ? baselinesText(result) : '',
      ]);
    });
  return table(
    'results',
    ['probe', 'metric', 'part', 'value', 'low', 'high', 'unit', 'n', 'baselines'],
    rows,
  );
}

/** More pictures than this are named, not shown. */
const SHOWN_PICTURES = 8;

function pictureLines(pictures: readonly ProbePicture[]): string[] {
  const shown = pictures.length <= SHOWN_PICTURES;
  if (shown) return pictures.map(({ name, chart }) => `![${chart.title}](${name}.svg)`);
  const [first, last] = [pictures[0], pictures.at(-1)];
  return [`${pictures.length} pictures: \`${first?.name ?? ''}.svg\` to \`${last?.name ?? ''}.svg\`.`];
}

function probesMarkdown(
  { checkpoint, step, data, scored, seed }: EvalSource,
  { reports, summary }: EvalResults,
): string {
  const titles = new Map(Object.values(probes).map(({ name, title }) => [name, title]));
  const sections = reports.flatMap(({ probe, results, notes = [], pictures = [] }) => {
    const tables = tablesOf(results).map(markdownTable);
    return [
      `## ${probe}: ${titles.get(probe) ?? ''}`,
      ...notes.map(markdownText),
      ...tables,
      ...pictureLines(pictures),
    ];
  });
  const code = (text: string): string => `\`${visible(text).replaceAll('`', "'")}\``;
  const source = `Checkpoint ${code(checkpoint)} (step ${step}), data ${code(data)}, seed ${seed}. Scored: ${code(scored)}. Intervals: 95 %.`;
  const said = summary.map(({ topic, text }) => `- ${topic}: ${markdownText(text)}`).join('\n');
  return `${['# Probes', source, ...(said === '' ? [] : [said]), ...sections].join('\n\n')}\n`;
}

/** More pictures than this are folded away. */
const OPEN_PICTURES = 4;

function probeSection({ probe, results, notes = [], pictures = [] }: NamedReport): Markup {
  const title = Object.values(probes).find(({ name }) => name === probe)?.title ?? '';
  const figures = pictures.map((picture) => page`<figure>${trusted(drawPicture(picture))}</figure>`);
  const charts = page`<div class="charts">${figures}</div>`;
  const [metrics, ...slices] = tablesOf(results).map((each) => htmlTable(each));
  const shown =
    figures.length <= OPEN_PICTURES
      ? charts
      : page`<details><summary>${figures.length} pictures</summary>${charts}</details>`;
  const parts = slices.length === 0 ? '' : page`<details open><summary>By parts</summary>${slices}</details>`;
  return page`<section aria-labelledby="${probe}"><h2 id="${probe}">${probe}: ${title}</h2>${notes.map((note) => page`<p>${note}</p>`)}${metrics ?? ''}${figures.length > 0 ? shown : ''}${parts}</section>`;
}

/** The results as one HTML page. */
function probesHtml(source: EvalSource, { reports, summary }: EvalResults): string {
  const said = summary.map(({ topic, text }) => page`<dt>${topic}</dt><dd>${text}</dd>`);
  const links = reports.map(({ probe }) => page`<li><a href="#${probe}">${probe}</a></li>`);
  const origin = Object.entries<string | number>({ ...source }).map(
    ([name, value]) => page`<dt>${name}</dt><dd>${value}</dd>`,
  );
  return htmlPage({
    title: 'Evaluation of a language model',
    header: page`<header><h1>Evaluation of a language model</h1><dl>${said}</dl><nav aria-label="Contents"><ul>${links}</ul></nav></header>`,
    main: reports.map(probeSection),
    footer: page`<section aria-labelledby="origin"><h2 id="origin">How it was made</h2><dl>${origin}</dl><p>Intervals: 95 %, over stories, sequences or questions; they say nothing about other seeds.</p></section>`,
  });
}

/** The SVG document of a probe's picture. */
export function drawPicture(picture: ProbePicture): string {
  switch (picture.kind) {
    case 'lines':
      return lineChart(picture.chart);
    case 'heatMap':
      return heatMap(picture.chart);
  }
}

/**
 * Writes what probes found into a folder: `PROBE.json` with everything, the pictures as SVG, and `results.csv` and
 * `results.md` of all of them, and all on one page, `report.html`. Returns the paths.
 */
export async function writeProbes(
  folder: string,
  source: EvalSource,
  found: EvalResults,
): Promise<readonly string[]> {
  const { reports } = found;
  const documents = reports.map(({ probe, results, notes, details }) => {
    return [probe, { ...source, probe, results, notes, details }] as const;
  });
  const charts = reports.flatMap(({ pictures = [] }) =>
    pictures.map((picture) => [picture.name, drawPicture(picture)] as const),
  );
  // A page to hand on: as seen from where the command ran.
  const checkpoint = relative(process.cwd(), source.checkpoint);
  return writeReport(folder, {
    documents: Object.fromEntries(documents),
    charts: Object.fromEntries(charts),
    tables: { results: resultTable(reports) },
    pages: {
      'results.md': probesMarkdown({ ...source, checkpoint }, found),
      'report.html': probesHtml({ ...source, checkpoint }, found),
    },
  });
}
