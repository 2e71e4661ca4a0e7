import type { JsonObject } from '../src/checkpoint/manifest.js';
import { CheckpointError } from '../src/core/errors.js';
import { z } from 'zod';
import type { RunConfig } from './config/schema.js';
import type { Best, Budget } from './events.js';
import type { StateNorms } from './diagnostics/warnings.js';

/** What a run has done so far, beside its tensors and its data cursor. */
export interface RunProgress {
  /** Updates made, those not applied included. */
  readonly step: number;
  readonly tokens: number;
  /** Updates not applied. */
  readonly skipped: number;
  readonly elapsedMs: number;
  readonly best: Best | null;
  readonly lastLossNats: number | null;
  readonly lastValidation: { readonly lossNats: number; readonly bitsPerByte: number } | null;
  /** Of the last diagnostics, which the next are held against; null before the first. */
  readonly stateNorms: StateNorms | null;
}

/** A run that has not begun. */
export const newProgress: RunProgress = {
  step: 0,
  tokens: 0,
  skipped: 0,
  elapsedMs: 0,
  best: null,
  lastLossNats: null,
  lastValidation: null,
  stateNorms: null,
};

const schema = z.strictObject({
  step: z.int().min(0),
  tokens: z.int().min(0),
  skipped: z.int().min(0),
  elapsedMs: z.number().min(0),
  best: z.strictObject({ step: z.int(), bitsPerByte: z.number() }).nullable(),
  lastLossNats: z.number().nullable(),
  lastValidation: z.strictObject({ lossNats: z.number(), bitsPerByte: z.number() }).nullable(),
  // Checkpoints from before there were diagnostics have none.
  stateNorms: z.record(z.string(), z.number()).nullable().default(null),
});

/** Progress as it is saved. */
export function progressToJson(progress: RunProgress): JsonObject {
  return {
    ...progress,
    best: progress.best && { ...progress.best },
    lastValidation: progress.lastValidation && { ...progress.lastValidation },
    stateNorms: progress.stateNorms && { ...progress.stateNorms },
  };
}

/**
 * Progress as it was saved.
 *
 * @throws CheckpointError when a field is missing or wrong.
 */
export function progressFromJson(json: JsonObject, where: string): RunProgress {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new CheckpointError(
    `${where}: expected the progress of a run, got ${faults.join('; ')}; it is no checkpoint of a run`,
  );
}

/** Tokens of one update. */
export function tokensPerUpdate({ train }: RunConfig): number {
  return train.batchSize * train.sequenceLength * train.accumulationSteps;
}

/** The budget of a run; the config check has seen to it that there is exactly one. */
export function budgetOf({ train: { steps, tokens, minutes } }: RunConfig): Budget {
  if (steps !== null) return { unit: 'steps', amount: steps };
  if (tokens !== null) return { unit: 'tokens', amount: tokens };
  return { unit: 'minutes', amount: minutes ?? 0 };
}

/**
 * The part of the budget that is used before an update, for the schedule: of steps and tokens at the middle of
 * the update, so that neither the first nor the last has rate 0; of minutes by the clock.
 *
 *   steps: (step + 1/2) / steps;  tokens: the same of ceil(tokens / tokens an update);  minutes: elapsed / minutes
 */
export function scheduleProgress(config: RunConfig, step: number, elapsedMs: number): number {
  const { unit, amount } = budgetOf(config);
  if (unit === 'minutes') return Math.min(1, elapsedMs / (amount * 60_000));
  return Math.min(1, (step + 0.5) / updatesIn(config));
}

/** The part of the budget that is used, in [0, 1]; 1 when the run is over. */
export function usedPart(config: RunConfig, step: number, elapsedMs: number): number {
  const { unit, amount } = budgetOf(config);
  return Math.min(1, unit === 'minutes' ? elapsedMs / (amount * 60_000) : step / updatesIn(config));
}

/** Updates of a budget in steps or tokens. */
function updatesIn(config: RunConfig): number {
  const { unit, amount } = budgetOf(config);
  return unit === 'steps' ? amount : Math.ceil(amount / tokensPerUpdate(config));
}
