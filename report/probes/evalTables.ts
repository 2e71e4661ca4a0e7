import type { NamedReport, ProbePicture, ProbeResult } from '../../eval/index.js';
import { markdownTable } from '../markdownTable.js';
import type { LabTable } from '../lab/labTables.js';
import { textTable } from '../textTable.js';

/** Where results come from. */
export interface EvalSource {
  readonly checkpoint: string;
  readonly step: number;
  readonly data: string;
  readonly seed: number;
}

function rounded(value: number | null): string {
  return value === null ? '' : value.toFixed(4);
}

function baselinesText({ baselines = {} }: ProbeResult): string {
  return Object.entries(baselines)
    .map(([name, value]) => `${name} ${rounded(value)}`)
    .join(', ');
}

interface Cells {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly right: readonly number[];
}

/** The measurements, without their parts. */
function metricCells(results: readonly ProbeResult[]): Cells {
  return {
    head: ['probe', 'metric', 'value', 'low', 'high', 'unit', 'n', 'baselines'],
    rows: results.map((result) => {
      const { probe, metric, value, low, high, unit, n } = result;
      const numbers = [rounded(value), rounded(low), rounded(high)];
      return [probe, metric, ...numbers, unit, String(n), baselinesText(result)];
    }),
    right: [2, 3, 4, 6],
  };
}

/** The parts of one measurement. */
function sliceCells({ metric, unit, slices }: ProbeResult): Cells {
  return {
    head: [metric, unit, 'low', 'high', 'n'],
    rows: slices.map(({ name, value, low, high, n }) => {
      return [name, rounded(value), rounded(low), rounded(high), String(n)];
    }),
    right: [1, 2, 3, 4],
  };
}

function allCells(reports: readonly NamedReport[]): Cells[] {
  const results = reports.flatMap((report) => report.results);
  return [metricCells(results), ...results.filter(({ slices }) => slices.length > 0).map(sliceCells)];
}

function noteLines(reports: readonly NamedReport[]): string[] {
  return reports.flatMap(({ probe, notes = [] }) => notes.map((note) => `${probe}: ${note}`));
}

/** Results for people: one table of the measurements, one for the parts of each, and the notes. */
export function resultsText(reports: readonly NamedReport[]): string {
  const tables = allCells(reports).map(({ head, rows, right }) => textTable(head, rows, right));
  return [...tables, ...noteLines(reports)].join('\n\n');
}

/** Every measurement and every part of one a row, with all digits. */
export function resultsTable(reports: readonly NamedReport[]): LabTable {
  const rows = reports.flatMap(({ results }) =>
    results.flatMap((result) => {
      const { probe, metric, unit, slices } = result;
      const whole = { ...result, name: '' };
      return [whole, ...slices].map(({ name, value, low, high, n }) => {
        return [probe, metric, name, value, low, high, unit, n, name === '' ? baselinesText(result) : ''];
      });
    }),
  );
  return { head: ['probe', 'metric', 'part', 'value', 'low', 'high', 'unit', 'n', 'baselines'], rows };
}

const tableText = ({ head, rows, right }: Cells): string => markdownTable(head, rows, right).join('\n');

/** More pictures than this are named, not shown. */
const SHOWN_PICTURES = 8;

function pictureLines(pictures: readonly ProbePicture[]): string[] {
  const shown = pictures.length <= SHOWN_PICTURES;
  if (shown) return pictures.map(({ name, chart }) => `![${chart.title}](${name}.svg)`);
  const [first, last] = [pictures[0], pictures.at(-1)];
  return [`${pictures.length} pictures: \`${first?.name ?? ''}.svg\` to \`${last?.name ?? ''}.svg\`.`];
}

/** Results as a Markdown page, with where they come from, what each probe is and the pictures. */
export function resultsMarkdown(
  { checkpoint, step, data, seed }: EvalSource,
  reports: readonly NamedReport[],
  titles: Readonly<Record<string, string>>,
): string {
  const sections = reports.flatMap((report) => {
    const { probe, results, notes = [], pictures = [] } = report;
    const slices = results.filter((result) => result.slices.length > 0).map(sliceCells);
    const tables = results.length > 0 ? [metricCells(results), ...slices].map(tableText) : [];
    return [`## ${probe}: ${titles[probe] ?? ''}`, ...notes, ...tables, ...pictureLines(pictures)];
  });
  const source = `Checkpoint \`${checkpoint}\` (step ${step}), data \`${data}\`, seed ${seed}. Intervals: 95 %.`;
  return `${['# Probes', source, ...sections].join('\n\n')}\n`;
}
