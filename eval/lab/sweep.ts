import { z } from 'zod';
import { ConfigError } from '../../src/core/errors.js';
import { list, optionsCheck } from '../../src/core/options.js';
import { judged } from './agreement.js';
import { measureCapacity, type CapacityOptions, type CapacityPoint } from './capacity.js';
import { labFields, onRule } from './setting.js';

/** What capacity is measured over, beside the number and age of pairs. */
export const SWEPT = ['dim', 'correlation', 'decay'] as const;
export type Swept = (typeof SWEPT)[number];

/** The field of a point that a sweep changes. */
export const SWEPT_FIELDS = { dim: 'K', correlation: 'correlation', decay: 'decay' } as const;

export interface SweepOptions extends Omit<CapacityOptions, 'pairs'> {
  /** Pairs stored at every point. */
  readonly pairs: number;
  /** Values of each, all else as in the options. */
  readonly values: Readonly<Partial<Record<Swept, readonly number[]>>>;
}

const checkOptions = optionsCheck<SweepOptions>({
  ...labFields,
  K: z.number(),
  V: z.number(),
  correlation: z.number(),
  draws: z.number(),
  pairs: z.number(),
  values: z.partialRecord(z.enum(SWEPT), list<readonly number[]>()),
  beta: z.number().optional(),
  decay: z.number(),
  onRule,
});

/** Retrieval by one rule at one value of what is swept. */
export interface SweepPoint extends Omit<CapacityPoint, 'ages'> {
  readonly over: Swept;
  /** The value of it. */
  readonly at: number;
}

/** The options of one point. Values are as wide as keys where they are so in the options. */
function optionsAt(options: SweepOptions, over: Swept, at: number): CapacityOptions {
  const { K, V } = options;
  const widths = over === 'dim' ? { K: at, V: V === K ? at : V } : {};
  return { ...options, pairs: [options.pairs], ...widths, ...(over !== 'dim' && { [over]: at }) };
}

function sweepPoint(measured: CapacityPoint, over: Swept, at: number): SweepPoint {
  const { rule, pairs, K, V, correlation, beta, decay, error, top1 } = measured;
  return { rule, pairs, K, V, correlation, beta, decay, error, top1, over, at };
}

/**
 * Retrieval error and top-1 of a fixed number of pairs against key dimension, correlation and decay, one at a time, with
 * the closed forms.
 *
 * Intervals and verdicts as in `runCapacity`; all points are one family.
 * @throws ConfigError for values that make no experiment.
 */
export function runSweeps(options: SweepOptions): readonly SweepPoint[] {
  checkOptions('runSweeps', options);
  const points = SWEPT.flatMap((over) =>
    (options.values[over] ?? []).flatMap((at) => {
      if (over === 'dim' && !(Number.isInteger(at) && at >= 1)) {
        throw new ConfigError(`dim: expected whole numbers of at least 1, got ${at}`);
      }
      return measureCapacity(optionsAt(options, over, at)).map((point) => sweepPoint(point, over, at));
    }),
  );
  const judge = judged(points.map(({ error }) => error));
  return points.map((point) => ({ ...point, error: judge(point.error) }));
}
