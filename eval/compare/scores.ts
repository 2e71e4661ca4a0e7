import { z } from 'zod';
import { csvParseRows, tsvParseRows } from 'd3-dsv';
import { DataError } from '../../src/core/errors.js';
import { isObject } from '../../src/core/isObject.js';
import { optionsCheck } from '../../src/core/options.js';
import { shown } from '../../src/core/text.js';
import { checkResultRow, type ResultRow, type Variant } from './contract.js';
import { groupBy } from './groups.js';
import { variantKey } from './labels.js';

/** A file of scores as it was read. */
export interface ScoreFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What scores are of, where a file does not say. */
export interface ScoreOptions {
  readonly metric?: string;
  /** Empty for a share; where absent that of scores between 0 and 1, else the metric. */
  readonly unit?: string;
  readonly best?: 'high' | 'low';
}

const checkOptions = optionsCheck<ScoreOptions>({
  metric: z.string().optional(),
  unit: z.string().optional(),
  best: z.enum(['high', 'low']).optional(),
});

/** One score, and where it stands. */
interface Entry {
  readonly where: string;
  readonly task: string;
  readonly variant: Variant;
  readonly seed: number;
  /** Null for a run without a result. */
  readonly score: number | null;
  /** All of it, where it is a row of results.jsonl. */
  readonly row?: ResultRow;
}

const COLUMNS = ['variant', 'seed', 'task', 'score'] as const;
type Fields = Readonly<Record<string, unknown>>;

/** More variants than this on a task are most likely the wrong column. */
const MOST_VARIANTS = 64;

const NO_RESULT = /^(|nan|na|null|none|[+-]?inf(inity)?)$/i;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The lines of a file. @throws DataError with the first that is no UTF-8. */
function linesOf({ name, bytes }: ScoreFile): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const lines: string[] = [];
  for (let start = 0; start <= bytes.length;) {
    const end = bytes.indexOf(10, start);
    const line = bytes.subarray(start, end < 0 ? bytes.length : end);
    try {
      lines.push(decoder.decode(line).replace(/\r$/, ''));
    } catch (cause) {
      throw new DataError(`${name}:${lines.length + 1}: expected text in UTF-8, got other bytes`, { cause });
    }
    start = end < 0 ? bytes.length + 1 : end + 1;
  }
  return lines;
}

function scoreOf(value: unknown, where: string): number | null {
  if (value === null) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  const text = typeof value === 'string' ? value.trim() : 'x';
  if (NO_RESULT.test(text)) return null;
  const number = NUMBER.test(text) ? Number(text) : undefined;
  if (number === undefined) throw new DataError(`${where}: expected a number in score, got ${shown(value)}`);
  return Number.isFinite(number) ? number : null;
}

function seedOf(value: unknown, where: string): number {
  const number = typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  throw new DataError(`${where}: expected a whole number from 0 up in seed, got ${shown(value)}`);
}

function variantOf(value: unknown, name: string, where: string): Variant {
  if (value === undefined) return { variant: name };
  if (typeof value === 'string' && value.trim() !== '') return { variant: value.trim() };
  if (typeof value === 'number' && Number.isFinite(value)) return { variant: String(value) };
  const entries = isObject(value) ? Object.entries(value) : [];
  const named = entries.flatMap(([key, entry]) =>
    typeof entry === 'string' || (typeof entry === 'number' && Number.isFinite(entry))
      ? [[key, entry] as const]
      : [],
  );
  if (named.length > 0 && named.length === entries.length) return Object.fromEntries(named);
  throw new DataError(
    `${where}: expected a name, or an object of names and numbers, in variant, got ${shown(value)}`,
  );
}

function taskOf(value: unknown, where: string): string {
  if (value === undefined || value === '') return 'scores';
  if (typeof value === 'string') return value;
  throw new DataError(`${where}: expected a name in task, got ${shown(value)}`);
}

function entryOf(fields: Fields, name: string, where: string): Entry {
  if (fields.score === undefined) throw new DataError(`${where}: expected a score, got ${shown(fields)}`);
  return {
    where,
    task: taskOf(fields.task, where),
    variant: variantOf(fields.variant, name, where),
    seed: seedOf(fields.seed, where),
    score: scoreOf(fields.score, where),
  };
}

/** A line of JSON: a row of results.jsonl, or an object with a score. */
function jsonEntry(line: string, name: string, where: string): Entry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    const nan = /:\s*-?(NaN|Infinity)\b/.test(line) ? ' (NaN and Infinity are no JSON; write null)' : '';
    throw new DataError(`${where}: expected one JSON object a line, got ${shown(line)}${nan}`, { cause });
  }
  if (!isObject(value)) throw new DataError(`${where}: expected one JSON object a line, got ${shown(value)}`);
  if (!('cell' in value && 'test' in value)) return entryOf(value, name, where);
  const row = checkResultRow(value, where);
  return { where, task: row.task, variant: row.variant, seed: row.seed, score: row.test, row };
}

/** The entries of a file of comma- or tab-separated values with a line of names. */
function tableEntries(lines: readonly string[], file: string, name: string): Entry[] {
  const text = lines.join('\n');
  const rows = lines[0]?.includes('\t') === true ? tsvParseRows(text) : csvParseRows(text);
  const [head = [], ...body] = rows;
  const names = head.map((cell) => cell.trim().toLowerCase());
  const missing = ['seed', 'score'].filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new DataError(
      `${file}:1: expected a line of names with ${COLUMNS.join(', ')} (variant and task may be left out), got ${shown(lines[0])} without ${missing.join(' and ')}`,
    );
  }
  let line = 1 + rowLines(head);
  return body.flatMap((cells) => {
    const where = `${file}:${line}`;
    line += rowLines(cells);
    if (cells.length === 1 && cells[0]?.trim() === '') return [];
    if (cells.length !== names.length)
      throw new DataError(
        `${where}: expected ${names.length} fields as in the first line, got ${cells.length}`,
      );
    const fields = names.flatMap((column, i) =>
      COLUMNS.some((own) => own === column) ? [[column, cells[i]] as const] : [],
    );
    return [entryOf(Object.fromEntries(fields), name, where)];
  });
}

/** Lines that a row takes: a quoted field may hold some. */
function rowLines(cells: readonly string[]): number {
  return 1 + cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
}

/** `runs/a.jsonl` -> `a`: the variant of a file that names none. */
function stem(path: string): string {
  return path.replace(/^.*[/\\]/, '').replace(/\.[^.]+$/, '');
}

function entriesOf(file: ScoreFile): Entry[] {
  const lines = linesOf(file);
  const name = stem(file.name);
  const first = lines.find((line) => line.trim() !== '');
  if (first === undefined) throw new DataError(`${file.name}: expected scores, got an empty file`);
  if (!/^\s*[{[]/.test(first)) return tableEntries(lines, file.name, name);
  return lines.flatMap((line, i) =>
    line.trim() === '' ? [] : [jsonEntry(line, name, `${file.name}:${i + 1}`)],
  );
}

/** Refuses two scores of the same run, and more variants than anybody compares. */
function checkEntries(entries: readonly Entry[]): void {
  const seen = new Map<string, string>();
  for (const { task, variant, seed, where } of entries) {
    const key = JSON.stringify([task, variantKey(variant), seed]);
    const before = seen.get(key);
    if (before !== undefined) {
      throw new DataError(
        `${where}: expected one score for each variant, seed and task, got a second one of ${shown(variant)}, seed ${seed}, task '${task}' (the first is ${before})`,
      );
    }
    seen.set(key, where);
  }
  for (const [task, own] of groupBy(entries, (entry) => entry.task)) {
    const variants = new Set(own.map(({ variant }) => variantKey(variant)));
    if (variants.size <= MOST_VARIANTS) continue;
    throw new DataError(
      `${own[0]?.where ?? task}: expected at most ${MOST_VARIANTS} variants of task '${task}', got ${variants.size}; is variant the right column?`,
    );
  }
}

/** Refuses rows of one task that do not measure the same, or of one variant that do not cost the same. */
function checkRows(rows: readonly ResultRow[], entries: readonly Entry[]): void {
  const first = new Map<string, { readonly text: string; readonly where: string }>();
  for (const [i, { task, variant, metric, unit, best, status, cost }] of rows.entries()) {
    const costs = `${cost.parameters} parameters, ${cost.stateBytes} bytes of state, ${cost.flopsPerToken} FLOPs per token`;
    const claims = [
      { key: JSON.stringify([task]), text: `${metric}, unit '${unit}', best ${best}`, of: `task '${task}'` },
      ...(status === 'done'
        ? [{ key: JSON.stringify([task, variantKey(variant)]), text: costs, of: shown(variant) }]
        : []),
    ];
    const where = entries[i]?.where ?? '';
    for (const { key, text, of } of claims) {
      const before = first.get(key) ?? { text, where };
      first.set(key, before);
      if (before.text === text) continue;
      throw new DataError(
        `${where}: expected the same for all of ${of} as at ${before.where} (${before.text}), got ${text}; are these two grids?`,
      );
    }
  }
}

/** A row of a score that came alone: what is not known of it is 0. */
function rowOf(
  entry: Entry,
  { metric = 'score', unit, best = 'high' }: ScoreOptions,
  isShare: boolean,
): ResultRow {
  const { where, task, variant, seed, score, row } = entry;
  if (row) return row;
  const shared = {
    cell: where,
    task,
    variant,
    seed,
    learningRate: 0,
    metric,
    unit: unit ?? (isShare ? '' : metric),
    best,
  };
  const rest = {
    metrics: {},
    slices: [],
    curve: [],
    cost: { parameters: 0, stateBytes: 0, flopsPerToken: 0 },
  };
  if (score === null)
    return { ...shared, status: 'failed', reason: `no finite score at ${where}`, test: null, ...rest };
  return { ...shared, status: 'done', test: score, ...rest };
}

/**
 * Rows for `analyse` from files of anybody's scores: JSON lines or comma- or tab-separated values of variant, seed, task
 * and score, or lines of results.jsonl. A file that names no variant is one, by its own name; without a task all are of
 * one. A score that is empty, null or not finite is a run without a result.
 *
 * @throws DataError with file and line for anything else.
 */
export function readScores(files: readonly ScoreFile[], options: ScoreOptions = {}): ResultRow[] {
  checkOptions('readScores', options);
  const entries = files.flatMap(entriesOf);
  checkEntries(entries);
  const shares = new Map(
    [...groupBy(entries, ({ task }) => task)].map(([task, own]) => [
      task,
      own.every(({ score }) => score === null || (score >= 0 && score <= 1)),
    ]),
  );
  const rows = entries.map((entry) => rowOf(entry, options, shares.get(entry.task) ?? false));
  checkRows(rows, entries);
  if (rows.length === 0) throw new DataError(`${files[0]?.name ?? 'scores'}: expected scores, got none`);
  return rows;
}
