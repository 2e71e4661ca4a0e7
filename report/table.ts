import CliTable from 'cli-table3';
import { csvFormatRows } from 'd3-dsv';
import { visible } from '../src/core/visible.js';
import { page, type Content, type Markup } from './markup.js';

/** A number with its interval, or with a mark that it is the better or the worse of two, or that they are equivalent. */
export interface Estimate {
  readonly value: number;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly mark?: 'better' | 'worse' | 'equal' | undefined;
}

/** A text, a number (not finite: diverged), an estimate, or null for nothing. */
export type Cell = string | number | Estimate | null;

/** How the values of a column are shown. */
export interface Column {
  readonly label: string;
  /** In brackets behind the label; not in CSV. */
  readonly unit?: string;
  /** Right where the column holds numbers, else left. */
  readonly align?: 'left' | 'right';
  /** A number for people; `fourDigits` unless given. CSV has all digits. */
  readonly format?: (value: number) => string;
}

/** Rows of values under columns, whose first names the rows. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A table; a column may be given by its label alone. */
export function table(title: string, columns: readonly (string | Column)[], rows: Table['rows']): Table {
  return {
    title,
    columns: columns.map((column) => (typeof column === 'string' ? { label: column } : column)),
    rows,
  };
}

/** The columns with these labels, in the order of the table. */
export function pickColumns({ title, columns, rows }: Table, labels: readonly string[]): Table {
  const picked = columns.flatMap(({ label }, i) => (labels.includes(label) ? [i] : []));
  return {
    title,
    columns: columns.filter((_, i) => picked.includes(i)),
    rows: rows.map((row) => row.filter((_, i) => picked.includes(i))),
  };
}

/**
 * A table without the columns that say the same in every one of several rows, and what those say. The first `kept` columns
 * stay.
 */
export function withoutShared(source: Table, kept = 1): { readonly table: Table; readonly shared: string } {
  const { head, body } = texts(source);
  const [first, ...others] = body;
  const isShared = (i: number): boolean =>
    i >= kept && others.length > 0 && others.every((row) => row[i] === first?.[i]);
  const differing = source.columns.filter((_, i) => !isShared(i)).map(({ label }) => label);
  const shared = head.flatMap((label, i) => (isShared(i) ? [`${label} ${first?.[i] ?? ''}`] : []));
  return { table: pickColumns(source, differing), shared: shared.join(', ') };
}

/** Whole numbers as they are, others with four digits behind the point or, very small or large, as powers of ten. */
export function fourDigits(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value);
  return size < 1e-3 || size >= 1e5 ? value.toExponential(3) : value.toFixed(4);
}

/** A format with so many digits behind the point. */
export function fixed(digits: number): (value: number) => string {
  return (value) => value.toFixed(digits);
}

/** 1234567 -> `1,234,567`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** What stands for nothing. */
const NOTHING = '–';
const MARKS = { better: ' ▲', worse: ' ▼', equal: ' =' } as const;

function numberText(value: number, { format = fourDigits }: Column): string {
  return Number.isFinite(value) ? format(value) : 'diverged';
}

function cellText(cell: Cell, column: Column): string {
  if (cell === null) return NOTHING;
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return numberText(cell, column);
  const { value, low = null, high = null, mark } = cell;
  const [text, from, to] = [value, low ?? NaN, high ?? NaN].map((each) => numberText(each, column));
  return `${text}${low === null || high === null ? '' : ` [${from}, ${to}]`}${mark ? MARKS[mark] : ''}`;
}

function isRight({ align }: Column, cells: readonly Cell[]): boolean {
  if (align !== undefined) return align === 'right';
  return cells.some((cell) => cell !== null && typeof cell !== 'string');
}

function headText({ label, unit = '' }: Column): string {
  return unit === '' ? label : `${label} (${unit})`;
}

/** Heads and cells as texts, and which columns are aligned right. */
function texts({ columns, rows }: Table): { head: string[]; body: string[][]; right: boolean[] } {
  return {
    head: columns.map(headText),
    body: rows.map((row) => columns.map((column, i) => cellText(row[i] ?? null, column))),
    right: columns.map((column, i) =>
      isRight(
        column,
        rows.map((row) => row[i] ?? null),
      ),
    ),
  };
}

const BARE = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
const INNER = { 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '' };
const CHARS = { ...BARE, ...INNER, right: '', 'right-mid': '', middle: '  ' };

/** The table for a terminal, without its title: aligned columns, no frame. */
export function textTable(source: Table): string {
  const { head, body, right } = texts(source);
  const drawn = new CliTable({
    head,
    chars: CHARS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: right.map((isNumbers) => (isNumbers ? 'right' : 'left')),
  });
  drawn.push(...body);
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/**
 * A value that a spreadsheet takes for no formula: a text that begins as one gets an apostrophe before it, as spreadsheets
 * mark texts themselves. Numbers stay.
 */
function inert(cell: string | number): string | number {
  if (typeof cell === 'number') return cell;
  const text = visible(cell);
  return /^[=+\-@\t]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
}

/** The table as comma-separated values by RFC 4180: labels, then rows with all digits; of an estimate its value. */
export function csvTable({ columns, rows }: Table): string {
  const plain = (cell: Cell): string | number =>
    typeof cell === 'object' && cell !== null ? cell.value : inert(cell ?? '');
  const lines = [
    columns.map(({ label }) => String(inert(label))),
    ...rows.map((row) => row.map((cell) => String(plain(cell)))),
  ];
  return `${csvFormatRows(lines)}\n`;
}

/** Text of which Markdown takes nothing for a tag, as of `Array<number>`, or for a link or picture. */
export function markdownText(text: string): string {
  return visible(text)
    .replaceAll(/<(?=[a-z/!?])/gi, '\\<')
    .replaceAll(/\](?=[([:])/g, ']\\');
}

/** The table as Markdown, without its title. */
export function markdownTable(source: Table): string {
  const { head, body, right } = texts(source);
  const escaped = (text: string): string => markdownText(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = right.map((isNumbers) => (isNumbers ? '---:' : '---'));
  return [head.map(escaped), rule, ...body.map((row) => row.map(escaped))].map(line).join('\n');
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '▲': '$\\blacktriangle$',
  '▼': '$\\blacktriangledown$',
  '–': '--',
  '−': '$-$',
};

function latexText(text: string): string {
  return visible(text).replace(/[\\~^▲▼–−&%$#_{}]/g, (letter) => LATEX[letter] ?? `\\${letter}`);
}

/** The table in LaTeX with the rules of the package booktabs, its title as a comment; marks need amssymb. */
export function latexTable(source: Table): string {
  const { head, body, right } = texts(source);
  const line = (cells: readonly string[]): string => `${cells.map(latexText).join(' & ')} \\\\`;
  return [
    `% ${visible(source.title).replaceAll('\n', ' ')}`,
    `\\begin{tabular}{${right.map((isNumbers) => (isNumbers ? 'r' : 'l')).join('')}}`,
    ...['\\toprule', line(head), '\\midrule', ...body.map(line), '\\bottomrule', '\\end{tabular}', ''],
  ].join('\n');
}

/** A link that saves a text as a file, without a request. */
export function download(name: string, type: string, text: string, label: string): Markup {
  return page`<a download="${name}" href="data:${type};charset=utf-8,${encodeURIComponent(text)}">${label}</a>`;
}

/** Links that save a table as a file of each kind. */
function downloads(source: Table): Markup {
  const name = source.title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-|-$/g, '');
  const files = [
    download(`${name}.csv`, 'text/csv', csvTable(source), 'CSV'),
    download(`${name}.md`, 'text/markdown', `${markdownTable(source)}\n`, 'Markdown'),
    download(`${name}.tex`, 'application/x-tex', latexTable(source), 'LaTeX'),
  ];
  return page`<p class="downloads">Save as ${files.map((file, i) => (i === 0 ? file : [' · ', file]))}</p>`;
}

/** A number as it is shown, with the exact one beside it for machines. */
function exact(value: number, column: Column): Content {
  const shown = numberText(value, column);
  return Number.isFinite(value) ? page`<data value="${value}">${shown}</data>` : shown;
}

function estimateMarkup({ value, low = null, high = null, mark }: Estimate, column: Column): Markup {
  const interval: Content =
    low === null || high === null
      ? ''
      : page` <small>[${exact(low, column)}, ${exact(high, column)}]</small>`;
  const content = [exact(value, column), interval, mark ? MARKS[mark] : ''];
  return mark ? page`<td class="${mark}">${content}</td>` : page`<td>${content}</td>`;
}

/** Texts longer than this are broken into lines. */
const LONG_TEXT = 40;

function cellMarkup(cell: Cell, column: Column, right: boolean): Markup {
  if (cell === null) return page`<td class="none">${NOTHING}</td>`;
  if (typeof cell === 'number') return page`<td>${exact(cell, column)}</td>`;
  if (typeof cell !== 'string') return estimateMarkup(cell, column);
  if (right) return page`<td>${cell}</td>`;
  return page`<td class="${cell.length > LONG_TEXT ? 'words' : 'text'}">${cell}</td>`;
}

/**
 * The table as HTML with its title as caption; it scrolls by itself where the page is narrow, also by keyboard.
 *
 * Each row has the value of the column `id`, where one is named, in `data-cell`.
 */
export function htmlTable(source: Table, id?: string): Markup {
  const { title, columns, rows } = source;
  const { head, body, right } = texts(source);
  const idAt = columns.findIndex(({ label }) => label === id);
  const lines = rows.map((row, at) => {
    const cells = columns.map((column, i) => cellMarkup(row[i] ?? null, column, right[i] ?? false)).slice(1);
    const mark = idAt < 0 ? '' : page` data-cell="${body[at]?.[idAt] ?? ''}"`;
    return page`<tr${mark}><th scope="row">${body[at]?.[0] ?? ''}</th>${cells}</tr>`;
  });
  const heads = head.map((name) => page`<th scope="col">${name}</th>`);
  return page`<div class="scroll" role="region" aria-label="${title}" tabindex="0"><table><caption><span>${title}</span></caption><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table></div>${downloads(source)}`;
}
