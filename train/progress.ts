import { z } from 'zod';
import type { JsonObject } from '../src/checkpoint/manifest.js';
import { CheckpointError, ConfigError } from '../src/core/errors.js';
import type { Clock } from './clock.js';

const count = z.int().min(0);
const metrics = z.record(z.string(), z.number());

const point = z.strictObject({
  step: count,
  /** Training tokens seen. */
  tokens: z.number().min(0),
  /** Mean training loss since the validation before; null where no update lies between. */
  loss: z.number().nullable(),
  /** What is chosen by: bits per byte, or the task's first metric. */
  score: z.number(),
  /** Every metric over all samples. */
  metrics,
  /** Every metric by part of a task. */
  parts: z.array(z.strictObject({ part: z.string(), metrics })),
  /** Stories, or samples of the task. */
  samples: count,
  /** Whether this was the last validation of the run, on all samples. */
  final: z.boolean(),
});

const best = z.strictObject({ step: count, score: z.number() });

const schema = z.strictObject({
  /** Updates made, those not applied included. */
  step: count,
  tokens: z.number().min(0),
  /** Updates not applied. */
  skipped: count,
  elapsedMs: z.number().min(0),
  /** Median of a session, without its first update. */
  tokensPerSecond: z.number().nullable(),
  best: best.nullable(),
  lastLoss: z.number().nullable(),
  /** Sum of the losses since the last validation, and of how many updates. */
  lossSum: z.number(),
  lossSteps: count,
  /** Validations on the samples used at intervals, in order. */
  curve: z.array(point).readonly(),
  lastValidation: point.nullable(),
  /** Whether validation was good enough to end the run. */
  solved: z.boolean(),
  /** Whether the run was stopped before it had done all that was due after its last update; it is done again. */
  intervalsLeft: z.boolean().default(false),
  /** Of the last diagnostics, which the next are compared with; null before the first. */
  stateNorms: z.record(z.string(), z.number()).nullable(),
});

/** One validation. */
export type Point = Readonly<z.infer<typeof point>>;
/** The best validation of a run so far, on the samples used at intervals. */
export type Best = Readonly<z.infer<typeof best>>;
/** What a run has done so far, beside its tensors and the position in its data. */
export type RunProgress = Readonly<z.infer<typeof schema>>;

/** A run that has not begun. */
export const newProgress: RunProgress = {
  step: 0,
  tokens: 0,
  skipped: 0,
  elapsedMs: 0,
  tokensPerSecond: null,
  best: null,
  lastLoss: null,
  lossSum: 0,
  lossSteps: 0,
  curve: [],
  lastValidation: null,
  solved: false,
  intervalsLeft: false,
  stateNorms: null,
};

/**
 * Progress as it was saved.
 *
 * @throws CheckpointError when a field is missing or wrong.
 */
export function progressFromJson(json: JsonObject, where: string): RunProgress {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new CheckpointError(
    `${where}: expected the progress of a run, got ${issues.join('; ')}; it is no checkpoint of a run of this version`,
  );
}

/** The validations of a saved run; none where the checkpoint does not say. */
export function curveOf(json: JsonObject): readonly Point[] {
  const parsed = z.object({ curve: z.array(point) }).safeParse(json);
  return parsed.success ? parsed.data.curve : [];
}

/** How long a run is. */
export interface Budget {
  readonly unit: 'steps' | 'tokens' | 'minutes';
  readonly amount: number;
  /** Training tokens of an update. */
  readonly tokensPerUpdate: number;
}

/**
 * The fraction of the budget that is used before an update, for the schedule: of steps and tokens at the middle of
 * the update, so that neither the first nor the last has rate 0; of minutes by the clock.
 *
 *   steps: (step + 1/2) / steps;  tokens: the same of ceil(tokens / tokens per update);  minutes: elapsed / minutes
 */
export function scheduleProgress(budget: Budget, step: number, elapsedMs: number): number {
  return usedFraction(budget, budget.unit === 'minutes' ? step : step + 0.5, elapsedMs);
}

/** Updates of a budget in steps or tokens. */
export function updatesOf({ unit, amount, tokensPerUpdate }: Budget): number {
  return unit === 'steps' ? amount : Math.ceil(amount / tokensPerUpdate);
}

/**
 * Refuses a budget that was more than used up before: what the run then came to would be told as its result.
 *
 * @throws ConfigError.
 */
export function checkBudget(budget: Budget, { step }: RunProgress): void {
  const { unit, amount, tokensPerUpdate } = budget;
  if (unit === 'minutes' || step <= updatesOf(budget)) return;
  const made = unit === 'steps' ? step : step * tokensPerUpdate;
  throw new ConfigError(
    `config.train.${unit}: expected at least the ${made} that the run has made, got ${amount}; ` +
      'give more, or resume one of its earlier checkpoints',
  );
}

/** The fraction of the budget that is used, in [0, 1]; 1 when the run is over. */
export function usedFraction(budget: Budget, step: number, elapsedMs: number): number {
  const { unit, amount } = budget;
  if (unit === 'minutes') return Math.min(1, Math.max(0, elapsedMs) / (amount * 60_000));
  return Math.min(1, step / updatesOf(budget));
}

/** Weight of the newest update in the moving average of the speed. */
const NEWEST = 0.1;

/**
 * Measures a run: all time since its start, sessions before included, and the time of updates alone. Time stands still
 * while the clock that is given goes back, so that no duration is negative.
 */
export class Stopwatch {
  private readonly updateMs: number[] = [];
  private averageMs = 0;
  private lastReading: number;
  private totalMs: number;

  constructor(
    private readonly clock: Clock,
    earlierMs: number,
  ) {
    this.lastReading = clock();
    this.totalMs = earlierMs;
  }

  get elapsedMs(): number {
    const reading = this.clock();
    this.totalMs += Math.max(0, reading - this.lastReading);
    this.lastReading = reading;
    return this.totalMs;
  }

  /** Times updates that are made together; each counts as long as their mean. */
  async time<T>(updates: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const before = this.elapsedMs;
    const result = await updates();
    const ms = (this.elapsedMs - before) / Math.max(1, result.length);
    this.updateMs.push(ms);
    // The first update compiles and would spoil the average for long.
    this.averageMs = this.updateMs.length <= 2 ? ms : this.averageMs + NEWEST * (ms - this.averageMs);
    return result;
  }

  /** Moving average of updates per second. */
  get updatesPerSecond(): number {
    return this.averageMs > 0 ? 1000 / this.averageMs : 0;
  }

  /** Median of updates per second without the first; null before the second. */
  get medianUpdatesPerSecond(): number | null {
    const times = this.updateMs.slice(1).sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)];
    return median === undefined || median === 0 ? null : 1000 / median;
  }
}
