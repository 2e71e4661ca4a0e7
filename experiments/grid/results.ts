import { z } from 'zod';
import { CheckpointError } from '../../src/core/errors.js';
import type { TestResult, TrainResult } from './contract.js';

const number = z.number();
const count = z.int().min(0);

const lost = z.strictObject({ status: z.enum(['diverged', 'failed']), reason: z.string() });

const trained = z.strictObject({
  status: z.literal('done'),
  metric: z.string().min(1),
  unit: z.string(),
  best: z.enum(['high', 'low']),
  validation: number,
  curve: z.array(z.strictObject({ step: count, tokens: count, validation: number })),
  steps: count,
  tokens: count,
  seconds: number.min(0),
  tokensPerSecond: number.nullable(),
  parameters: count,
});

const slice = z.strictObject({
  slice: z.string(),
  key: z.union([z.string(), number]),
  value: number.nullable(),
  n: count,
});

const tested = z.strictObject({
  status: z.literal('done'),
  test: number,
  metrics: z.record(z.string(), number),
  slices: z.array(slice),
  details: z.unknown().exactOptional(),
  decodeMs: number.exactOptional(),
});

const choice = z.strictObject({ chosen: z.string(), learningRates: z.array(number) });

/** Which cell of a group was chosen, among which learning rates. Made before its test, and never changed. */
export type Choice = Readonly<z.infer<typeof choice>>;

function reader<T>(schema: z.ZodType<T>, what: string): (value: unknown, path: string) => T {
  return (value, path) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new CheckpointError(
      `grid file ${path}: expected ${what}, got ${faults.join('; ')}; delete it to run that part again`,
    );
  };
}

/** Checks what a file says of the training of a cell. */
export const readTrainResult: (value: unknown, path: string) => TrainResult = reader(
  z.discriminatedUnion('status', [trained, lost]),
  'the result of a training',
);

/** Checks what a file says of the test of a cell. */
export const readTestResult: (value: unknown, path: string) => TestResult = reader(
  z.discriminatedUnion('status', [tested, lost]),
  'the result of a test',
);

/** Checks what a file says of the choice of a group. */
export const readChoice: (value: unknown, path: string) => Choice = reader(choice, 'the choice of a group');
