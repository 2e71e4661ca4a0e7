import { z } from 'zod';
import { ConfigError } from '../../src/core/errors.js';
import type { Params } from '../../src/core/params.js';
import { optionsCheck } from '../../src/core/options.js';
import type { Task, TaskSample, TaskShape, TaskSplit, Values } from './contract.js';
import { openTask, type TaskSource } from './openTask.js';

/** Which samples to batch: `batchSize` of a split from index `from` on. */
export interface TaskRows {
  readonly split: TaskSplit;
  readonly from: number;
  readonly batchSize: number;
}

const rowFields = { split: z.enum(['train', 'validation', 'test']), from: z.number(), batchSize: z.number() };

const checkRows = optionsCheck<TaskRows>(rowFields);

const checkOptions = optionsCheck<TaskRows & { readonly seed: number }>({ ...rowFields, seed: z.number() });

/** The positions where a batch is scored; every array is `batchSize * perSequence`, so shapes never change. */
export interface ScoredPlaces {
  readonly perSequence: number;
  /** Index into the batch, `row * sequenceLength + t`. */
  readonly positions: Int32Array;
  readonly targets: Values;
  /** 1, or 0 for padding in a row with fewer scored positions; its position is then the row's first. */
  readonly mask: Float32Array;
  /** Classes that are right; empty for real outputs and for padding. */
  readonly accepted: readonly Int32Array[];
  /** Whole numbers to split scores by; 0 for padding. */
  readonly slices: Readonly<Record<string, Int32Array>>;
}

/**
 * Samples of a task for one step: a `Batch` whose inputs may be real vectors and whose targets may be numbers.
 *
 * Inputs are tokens [batchSize, sequenceLength] or reals [batchSize, sequenceLength, width]; targets, lossMask and
 * documents [batchSize, sequenceLength]. The loss mask is 1 where an answer is scored and 0 elsewhere. Each row is one document.
 */
export interface TaskBatch {
  readonly batchSize: number;
  readonly sequenceLength: number;
  /** Numbers per input: 1 for tokens. */
  readonly width: number;
  readonly inputs: Values;
  readonly targets: Values;
  readonly lossMask: Float32Array;
  readonly documents: Int32Array;
  readonly scored: ScoredPlaces;
}

function emptyTargets(shape: TaskShape, size: number): Values {
  return shape.outputs.kind === 'classes' ? new Int32Array(size) : new Float32Array(size);
}

function inputWidth(shape: TaskShape): number {
  return shape.inputs.kind === 'real' ? shape.inputs.width : 1;
}

function joinInputs(samples: readonly TaskSample[], shape: TaskShape): Values {
  const size = shape.sequenceLength * inputWidth(shape);
  const inputs =
    shape.inputs.kind === 'tokens'
      ? new Int32Array(samples.length * size)
      : new Float32Array(samples.length * size);
  for (const [row, sample] of samples.entries()) inputs.set(sample.inputs, row * size);
  return inputs;
}

function rightAnswers(sample: TaskSample, shape: TaskShape): Int32Array[] {
  if (shape.outputs.kind === 'real') return [];
  return Array.from(sample.targets, (target, s) => sample.accepted?.[s] ?? Int32Array.of(target));
}

function scoredPlaces(
  samples: readonly TaskSample[],
  shape: TaskShape,
  sliceNames: readonly string[],
): ScoredPlaces {
  const perSequence = shape.scored;
  const size = samples.length * perSequence;
  const positions = new Int32Array(size);
  const targets = emptyTargets(shape, size);
  const mask = new Float32Array(size);
  const accepted: Int32Array[] = Array.from({ length: size }, () => new Int32Array(0));
  const slices = Object.fromEntries(sliceNames.map((name) => [name, new Int32Array(size)]));
  for (const [row, sample] of samples.entries()) {
    const start = row * perSequence;
    positions.fill(row * shape.sequenceLength, start, start + perSequence);
    positions.set(
      sample.positions.map((t) => row * shape.sequenceLength + t),
      start,
    );
    targets.set(sample.targets, start);
    mask.fill(1, start, start + sample.positions.length);
    for (const [s, right] of rightAnswers(sample, shape).entries()) accepted[start + s] = right;
    for (const name of sliceNames) slices[name]?.set(sample.slices[name] ?? [], start);
  }
  return { perSequence, positions, targets, mask, accepted, slices };
}

/** The batch of these samples of an open task, from index `from` on. */
export function batchOf(source: TaskSource, rows: TaskRows): TaskBatch {
  const { split, from, batchSize } = checkRows('batchOf', rows);
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new ConfigError(`taskBatch: expected at least 1 row, got ${batchSize}; ask for one or more`);
  return batchOfSamples(
    source,
    Array.from({ length: batchSize }, (_, row) => source.sample(split, from + row)),
  );
}

/** The batch of any samples of an open task, one row per sample. */
export function batchOfSamples(source: TaskSource, samples: readonly TaskSample[]): TaskBatch {
  const { shape, task } = source;
  const size = samples.length * shape.sequenceLength;
  const scored = scoredPlaces(samples, shape, Object.keys(task.slices));
  const targets = emptyTargets(shape, size);
  const lossMask = new Float32Array(size);
  for (const [i, isScored] of scored.mask.entries()) {
    const position = scored.positions[i];
    if (isScored === 0 || position === undefined) continue;
    targets[position] = scored.targets[i] ?? 0;
    lossMask[position] = 1;
  }
  return {
    batchSize: samples.length,
    sequenceLength: shape.sequenceLength,
    width: inputWidth(shape),
    inputs: joinInputs(samples, shape),
    targets,
    lossMask,
    documents: new Int32Array(size),
    scored,
  };
}

/**
 * A batch of a task. Opens the task each time: for many batches use `openTask` once and `batchOf`.
 *
 * @throws ConfigError when the settings are wrong, or leave no sample for the split.
 */
export function taskBatch(
  task: Task,
  settings: Params,
  options: TaskRows & { readonly seed: number },
): TaskBatch {
  const { seed, ...rows } = checkOptions('taskBatch', options);
  return batchOf(openTask(task, settings, seed), rows);
}
