import { z } from 'zod';
import type { JsonObject } from '../../src/checkpoint/manifest.js';
import { CheckpointError } from '../../src/core/errors.js';
import type { TaskPoint, TaskStatus } from './contract.js';

/** What a training on a task has done so far, beside its tensors. */
export interface TaskProgress {
  readonly step: number;
  readonly elapsedMs: number;
  /** Sum of the losses since the last validation, and of how many steps. */
  readonly lossSum: number;
  readonly lossSteps: number;
  readonly curve: readonly TaskPoint[];
  readonly tokensPerSecond: number | null;
  /** How it ended; null while it has not. */
  readonly ended: Exclude<TaskStatus, 'interrupted'> | null;
  readonly fault: string | null;
}

/** A training that has not begun. */
export const newTaskProgress: TaskProgress = {
  step: 0,
  elapsedMs: 0,
  lossSum: 0,
  lossSteps: 0,
  curve: [],
  tokensPerSecond: null,
  ended: null,
  fault: null,
};

const metrics = z.record(z.string(), z.number());

const point = z.strictObject({
  step: z.int().min(0),
  samples: z.int().min(0),
  loss: z.number(),
  score: z.number(),
  metrics,
  parts: z.array(z.strictObject({ part: z.string(), metrics })),
});

const schema = z.strictObject({
  step: z.int().min(0),
  elapsedMs: z.number().min(0),
  lossSum: z.number(),
  lossSteps: z.int().min(0),
  curve: z.array(point),
  tokensPerSecond: z.number().nullable(),
  ended: z.enum(['done', 'solved', 'diverged']).nullable(),
  fault: z.string().nullable(),
});

/** Progress as it is saved. */
export function taskProgressToJson(progress: TaskProgress): JsonObject {
  return JSON.parse(JSON.stringify(progress)) as JsonObject; // JSON.parse gives nothing but JSON
}

/**
 * Progress as it was saved.
 *
 * @throws CheckpointError when a field is missing or wrong.
 */
export function taskProgressFromJson(json: JsonObject, where: string): TaskProgress {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new CheckpointError(
    `${where}: expected the progress of a training on a task, got ${faults.join('; ')}; it is no checkpoint of one`,
  );
}
