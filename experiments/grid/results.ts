import { z } from 'zod';
import { CheckpointError } from '../../src/core/errors.js';

const number = z.number();
const count = z.int().min(0);

const curvePoint = z.strictObject({ step: count, tokens: count, validation: number }).readonly();

/** Validation at one step of training; `tokens` are the training tokens seen. */
export type CurvePoint = z.infer<typeof curvePoint>;

const trained = z.strictObject({
  /** Name of the main metric, and whether more of it is better or less. */
  metric: z.string().min(1),
  unit: z.string(),
  best: z.enum(['high', 'low']),
  /** The main metric on the validation split, by which the learning rate is chosen. */
  validation: number,
  curve: z.array(curvePoint).readonly(),
  /** Updates made, and training tokens seen. */
  steps: count,
  tokens: count,
  /** Of the whole training, validations and sessions before included. */
  seconds: number.min(0),
  tokensPerSecond: number.nullable(),
  /** Trainable numbers of the model. */
  parameters: count,
});

/** What the training of a cell gave. Nothing but `seconds` and `tokensPerSecond` depends on the clock. */
export type TrainedCell = Readonly<z.infer<typeof trained>>;

const slice = z
  .strictObject({
    slice: z.string(),
    key: z.union([z.string(), number]),
    value: number.nullable(),
    /** Independent samples in it. */
    n: count,
  })
  .readonly();

/** A part of the test split, such as the samples with 16 pairs. */
export type TestSlice = z.infer<typeof slice>;

const tested = z.strictObject({
  /** The main metric. */
  test: number,
  /** All metrics, and whatever else was measured beside. */
  metrics: z.record(z.string(), number).readonly(),
  slices: z.array(slice).readonly(),
  /** Whatever else its kind measures, such as scores by sample; JSON. */
  details: z.unknown().exactOptional(),
  /** Milliseconds to decode one token of one sequence; absent where it was not timed. */
  decodeMs: number.exactOptional(),
});

/** What the test of a cell gave. */
export type TestedCell = Readonly<z.infer<typeof tested>>;

const lost = z.strictObject({
  status: z.enum(['diverged', 'failed']),
  reason: z.string(),
  /** Code of the error of a cell that failed, where it is one of this project. */
  code: z.string().exactOptional(),
  /** Whether its process died, which says nothing of the cell. */
  died: z.literal(true).exactOptional(),
});

/** Why a cell has no result: its loss was not finite, or anything else went wrong. */
export type LostCell = Readonly<z.infer<typeof lost>>;

const trainResult = z.discriminatedUnion('status', [trained.extend({ status: z.literal('done') }), lost]);
const testResult = z.discriminatedUnion('status', [tested.extend({ status: z.literal('done') }), lost]);

/** The saved result of the training of a cell. */
export type TrainResult = ({ readonly status: 'done' } & TrainedCell) | LostCell;

/** The saved result of its test. */
export type TestResult = ({ readonly status: 'done' } & TestedCell) | LostCell;

/** The saved result of either stage. */
export type StageResult = TrainResult | TestResult;

const choice = z.strictObject({ chosen: z.string(), learningRates: z.array(number) });

/** Which cell of a group was chosen, among which learning rates. Made before its test, and never changed. */
export type Choice = Readonly<z.infer<typeof choice>>;

const spent = z.strictObject({
  /** Seconds that each seed took, over all sessions. */
  seconds: z.record(z.string(), number.min(0)),
  /** Seeds whose round has ended. */
  ended: z.array(z.int().min(1)),
});

/** The time that a grid has spent on each seed. */
export type Spent = Readonly<z.infer<typeof spent>>;

function reader<T>(schema: z.ZodType<T>, what: string): (value: unknown, path: string) => T {
  return (value, path) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new CheckpointError(
      `grid file ${path}: expected ${what}, got ${issues.join('; ')}; delete it to run that part again`,
    );
  };
}

/** Checks what a file says of the training of a cell. */
export const readTrainResult = reader<TrainResult>(trainResult, 'the result of a training');

/** Checks what a file says of the test of a cell. */
export const readTestResult = reader<TestResult>(testResult, 'the result of a test');

/** Checks what a file says of the choice of a group. */
export const readChoice = reader<Choice>(choice, 'the choice of a group');

/** Checks what a file says of the time that seeds took. */
export const readSpent = reader<Spent>(spent, 'the seconds that seeds took');
