import { z } from 'zod';
import { DataError } from '../../src/core/errors.js';

const finite = z.number();
const natural = z.int().min(0);

/** What varies between cells, without the seed, such as rule, gate or `model.width`. */
const variantSchema = z.record(z.string(), z.union([z.string(), finite])).readonly();
export type Variant = z.infer<typeof variantSchema>;

/** One part of a cell's test, such as the samples with 16 pairs. */
const sliceSchema = z
  .strictObject({
    /** What the slices are by, such as `pairs` or `length`. */
    slice: z.string().min(1),
    /** Which slice it is, such as `16`. */
    key: z.union([z.string(), finite]),
    /** The metric there; null where nothing was measured. */
    value: finite.nullable(),
    /** Independent samples in it. */
    n: natural,
  })
  .readonly();
export type ResultSlice = z.infer<typeof sliceSchema>;

/** Validation during training. */
const curveSchema = z
  .strictObject({
    step: natural,
    /** Training tokens seen. */
    tokens: natural,
    /** Validation metric, in the row's unit. */
    validation: finite.nullable(),
  })
  .readonly();
export type CurvePoint = z.infer<typeof curveSchema>;

/** What a variant costs; the same on every machine. */
const costSchema = z
  .strictObject({
    /** Trainable numbers of the model. */
    parameters: natural,
    /** Bytes of decoding state that one sequence carries. */
    stateBytes: natural,
    /** Floating point operations of one forward pass, per token. */
    flopsPerToken: finite.min(0),
  })
  .readonly();
export type CellCost = z.infer<typeof costSchema>;

/** One line of results.jsonl: one cell of the grid, trained and tested. Holds nothing that depends on the clock. */
const rowSchema = z
  .strictObject({
    /** Hash of the cell's resolved configuration. */
    cell: z.string().min(1),
    task: z.string().min(1),
    variant: variantSchema,
    seed: natural,
    status: z.enum(['done', 'diverged', 'failed']),
    /** Why there is no result. */
    reason: z.string().exactOptional(),
    /** The one chosen on validation. */
    learningRate: finite,
    /** Name of the main metric. */
    metric: z.string().min(1),
    /** Empty for a share, which is between 0 and 1. */
    unit: z.string(),
    /** Whether more of the metric is better, or less. */
    best: z.enum(['high', 'low']),
    /** The main metric on the test split; null unless done. */
    test: finite.nullable(),
    /** Further metrics of the test split. */
    metrics: z.record(z.string(), finite).readonly(),
    slices: z.array(sliceSchema).readonly(),
    curve: z.array(curveSchema).readonly(),
    cost: costSchema,
  })
  .readonly();
export type ResultRow = z.infer<typeof rowSchema>;

/** What a cell took on the machine that ran it; kept apart from the results, which are the same everywhere. */
export interface CellTiming {
  readonly cell: string;
  /** Training tokens per second. */
  readonly trainTokensPerSecond?: number;
  /** Milliseconds to decode one token of one sequence. */
  readonly decodeMs?: number;
}

/** Where in the value the first fault lies and what it is. */
function firstIssue(error: z.ZodError): string {
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
    throw new DataError(`${where}: expected a result row, got a fault in ${firstIssue(parsed.error)}`);
  }
  const row = parsed.data;
  if ((row.status === 'done') !== (row.test !== null)) {
    throw new DataError(
      `${where}: expected a number in test exactly when status is 'done', got ${String(row.test)} and '${row.status}'`,
    );
  }
  return row;
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
