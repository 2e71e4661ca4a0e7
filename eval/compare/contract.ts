import { z } from 'zod';
import { DataError } from '../../src/core/errors.js';

const finite = z.number();
const natural = z.int().min(0);

const sliceSchema = z.strictObject({
  /** What the slices are by, such as `pairs` or `length`. */
  slice: z.string().min(1),
  /** Which slice it is, such as `16`. */
  key: z.union([z.string(), finite]),
  value: finite.nullable(),
  /** Independent samples in it. */
  n: natural,
});

const curveSchema = z.strictObject({
  step: natural,
  /** Training tokens seen. */
  tokens: natural,
  /** Validation metric, in the row's unit. */
  validation: finite.nullable(),
});

const costSchema = z.strictObject({
  /** Trainable numbers of the model. */
  parameters: natural,
  /** Bytes of decoding state that one sequence carries. */
  stateBytes: natural,
  /** Floating point operations of one forward pass, a token. */
  flopsPerToken: finite.min(0),
});

const rowSchema = z.strictObject({
  cell: z.string().min(1),
  task: z.string().min(1),
  variant: z.record(z.string(), z.union([z.string(), finite])),
  seed: natural,
  status: z.enum(['done', 'diverged', 'failed']),
  reason: z.string().optional(),
  learningRate: finite,
  metric: z.string().min(1),
  unit: z.string(),
  best: z.enum(['high', 'low']),
  test: finite.nullable(),
  metrics: z.record(z.string(), finite),
  slices: z.array(sliceSchema),
  curve: z.array(curveSchema),
  cost: costSchema,
});

/** One part of a cell's test, such as the samples with 16 pairs. */
export interface ResultSlice {
  /** What the slices are by, such as `pairs`. */
  readonly slice: string;
  /** Which slice it is, such as `16`. */
  readonly key: string | number;
  /** The metric there; null where nothing was measured. */
  readonly value: number | null;
  /** Independent samples in it. */
  readonly n: number;
}

/** Validation during training, in the row's unit. */
export interface CurvePoint {
  readonly step: number;
  /** Training tokens seen. */
  readonly tokens: number;
  readonly validation: number | null;
}

/** What a variant costs; the same on every machine. */
export interface CellCost {
  /** Trainable numbers of the model. */
  readonly parameters: number;
  /** Bytes of decoding state that one sequence carries. */
  readonly stateBytes: number;
  /** Floating point operations of one forward pass, a token. */
  readonly flopsPerToken: number;
}

/** What varies between cells, without the seed, such as rule, gate or `model.width`. */
export type Variant = Readonly<Record<string, string | number>>;

/** One line of results.jsonl: one cell of the grid, trained and tested. Holds nothing that depends on the clock. */
export interface ResultRow {
  /** Hash of the cell's resolved configuration. */
  readonly cell: string;
  readonly task: string;
  readonly variant: Variant;
  readonly seed: number;
  readonly status: 'done' | 'diverged' | 'failed';
  /** Why there is no result. */
  readonly reason?: string;
  /** The one chosen on validation. */
  readonly learningRate: number;
  /** Name of the main metric. */
  readonly metric: string;
  readonly unit: string;
  /** Whether more of the metric is better, or less. */
  readonly best: 'high' | 'low';
  /** The main metric on the test split; null unless done. */
  readonly test: number | null;
  /** Further metrics of the test split. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly slices: readonly ResultSlice[];
  readonly curve: readonly CurvePoint[];
  readonly cost: CellCost;
}

/** What a cell took on the machine that ran it; kept apart from the results, which are the same everywhere. */
export interface CellTiming {
  readonly cell: string;
  /** Training tokens a second. */
  readonly trainTokensPerSecond?: number;
  /** Milliseconds to decode one token of one sequence. */
  readonly decodeMs?: number;
}

/** Where in the value the first fault lies and what it is. */
function firstFault(error: z.ZodError): string {
  const issue = error.issues[0];
  const path = issue?.path.map(String).join('.') ?? '';
  return `${path === '' ? 'the row' : path}: ${issue?.message ?? 'unknown fault'}`;
}

/**
 * A row read from outside, checked.
 *
 * @throws DataError that names the field when the value is not a row, or when a finished row has no result.
 */
export function checkResultRow(value: unknown, where: string): ResultRow {
  const parsed = rowSchema.safeParse(value);
  if (!parsed.success) {
    throw new DataError(`${where}: expected a result row, got a fault in ${firstFault(parsed.error)}`);
  }
  const { reason, ...row } = parsed.data;
  if ((row.status === 'done') !== (row.test !== null)) {
    throw new DataError(
      `${where}: expected a number in test exactly when status is 'done', got ${String(row.test)} and '${row.status}'`,
    );
  }
  return reason === undefined ? row : { ...row, reason };
}

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new DataError(`${where}: expected one JSON object, got '${line.slice(0, 40)}'`, { cause });
  }
}

/**
 * The rows of a results.jsonl, in the order of the lines; empty lines are passed over.
 *
 * @throws DataError with the number of the first line that is not a row.
 */
export function readResults(text: string, name = 'results.jsonl'): ResultRow[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const where = `${name}:${i + 1}`;
    return [checkResultRow(parseLine(line, where), where)];
  });
}

/**
 * A row as its line of results.jsonl, with the line's end and always the same order of fields.
 *
 * @throws DataError when it is not a row, as one with a result that is not finite.
 */
export function formatResult(row: ResultRow): string {
  checkResultRow(row, `cell ${row.cell}`);
  const { cell, task, variant, seed, status, reason, learningRate, metric, unit, best, test } = row;
  const { metrics, slices, curve, cost } = row;
  const head = { cell, task, variant, seed, status, reason, learningRate, metric, unit, best, test };
  return `${JSON.stringify({ ...head, metrics, slices, curve, cost })}\n`;
}
