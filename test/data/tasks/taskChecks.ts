import type { Params } from '../../../src/core/params.js';
import { Rng } from '../../../src/core/rng.js';
import {
  batchOf,
  openTask,
  ScoreSheet,
  type Task,
  type TaskBatch,
  type TaskPreset,
  type TaskSample,
  type TaskSource,
  type TaskSplit,
} from '../../../data/tasks/index.js';

export const splits: readonly TaskSplit[] = ['train', 'validation', 'test'];

/** Every distinct setting that a preset names: its own, and those of its parts. */
export function presetSettings(preset: TaskPreset): Params[] {
  const parts = [...preset.train, ...preset.validation, ...preset.test];
  const all = parts.map((part) => ({ ...preset.settings, ...part.settings }));
  return [...new Map(all.map((settings) => [JSON.stringify(settings), settings])).values()];
}

/** The first samples of a split. */
export function samplesOf(source: TaskSource, split: TaskSplit, count: number, from = 0): TaskSample[] {
  return Array.from({ length: count }, (_, i) => source.sample(split, from + i));
}

function classesOf(source: TaskSource): ReadonlySet<number> {
  const { outputs } = source.shape;
  return new Set(outputs.kind === 'classes' ? outputs.candidates : []);
}

/** What is wrong with the form of a sample. */
export function formFaults(source: TaskSource, sample: TaskSample): string[] {
  const { shape, task } = source;
  const faults: string[] = [];
  const width = shape.inputs.kind === 'real' ? shape.inputs.width : 1;
  const { positions, targets, inputs } = sample;
  if (inputs.length !== shape.sequenceLength * width) faults.push(`inputs ${inputs.length}`);
  if (positions.length < 1 || positions.length > shape.scored) faults.push(`positions ${positions.length}`);
  if (targets.length !== positions.length) faults.push(`targets ${targets.length}`);
  if (positions.some((t, s) => t < 0 || t >= shape.sequenceLength || (s > 0 && t <= positions[s - 1]!)))
    faults.push(`positions ${positions.join()}`);
  if (shape.inputs.kind === 'tokens') {
    const { vocabulary } = shape.inputs;
    if (!(inputs instanceof Int32Array) || inputs.some((id) => id < 0 || id >= vocabulary))
      faults.push('tokens');
  } else if (!(inputs instanceof Float32Array) || inputs.some((x) => !Number.isFinite(x)))
    faults.push('reals');
  if (Object.keys(sample.slices).sort().join() !== Object.keys(task.slices).sort().join())
    faults.push('slices');
  if (Object.values(sample.slices).some((values) => values.length !== positions.length))
    faults.push('slice sizes');
  return [...faults, ...labelFaults(source, sample)];
}

function labelFaults(source: TaskSource, sample: TaskSample): string[] {
  if (source.shape.outputs.kind === 'real')
    return sample.targets.every((y) => Number.isFinite(y)) ? [] : ['targets not finite'];
  const candidates = classesOf(source);
  const faults: string[] = [];
  if (!Array.from(sample.targets).every((target) => candidates.has(target)))
    faults.push('target no candidate');
  for (const [s, accepted] of (sample.accepted ?? []).entries()) {
    if (!accepted.includes(sample.targets[s]!)) faults.push('target not accepted');
    if (!accepted.every((c) => candidates.has(c))) faults.push('accepted no candidate');
  }
  return faults;
}

/** How many answers the solver gives, and how many of them are not the label. */
export function solverTally(source: TaskSource, sample: TaskSample): { told: number; wrong: number } {
  const { inputs, positions, latent } = sample;
  const answers = source.solve({ inputs, positions, ...(latent && { latent }) });
  const tally = { told: 0, wrong: 0 };
  for (const [s, answer] of answers.entries()) {
    if (answer === undefined) continue;
    tally.told++;
    const target = sample.targets[s]!;
    const right =
      typeof answer === 'number'
        ? Math.abs(answer - target) <= 1e-3 * (1 + Math.abs(target))
        : answer.join() === (sample.accepted?.[s] ?? [target]).join();
    if (!right) tally.wrong++;
  }
  return answers.length === positions.length ? tally : { told: 0, wrong: positions.length };
}

/** The sample as it is known when its first answer is due: nothing after that position. */
export function cutAfterFirst(source: TaskSource, sample: TaskSample): TaskSample {
  const { shape } = source;
  const width = shape.inputs.kind === 'real' ? shape.inputs.width : 1;
  const inputs = sample.inputs.slice().fill(0, (sample.positions[0]! + 1) * width);
  return { ...sample, inputs };
}

/** Numbers a scored place. */
function sizeOf(source: TaskSource): number {
  return source.shape.outputs.kind === 'classes' ? source.shape.outputs.classes : 1;
}

/** Predictions for every scored place of a batch, by what is known of the place. */
function predict(
  source: TaskSource,
  batch: TaskBatch,
  fill: (place: number, prediction: Float32Array) => void,
): Float32Array {
  const size = sizeOf(source);
  const predictions = new Float32Array(batch.scored.positions.length * size);
  for (let i = 0; i < batch.scored.positions.length; i++)
    fill(i, predictions.subarray(i * size, (i + 1) * size));
  return predictions;
}

/** Puts probability evenly on these classes, as log-probabilities. */
function evenly(prediction: Float32Array, classes: ArrayLike<number>): void {
  prediction.fill(-Infinity);
  for (const c of Array.from(classes)) prediction[c] = 0;
}

/** Perfect predictions. */
export function oracle(source: TaskSource, batch: TaskBatch): Float32Array {
  return predict(source, batch, (i, prediction) => {
    if (source.shape.outputs.kind === 'real') prediction[0] = batch.scored.targets[i]!;
    else evenly(prediction, batch.scored.accepted[i]!);
  });
}

/** Predictions that know nothing: even over the candidates, or zero. */
export function ignorant(source: TaskSource, batch: TaskBatch): Float32Array {
  const { outputs } = source.shape;
  return predict(source, batch, (_, prediction) => {
    if (outputs.kind === 'classes') evenly(prediction, outputs.candidates);
  });
}

/** A candidate drawn for every place. */
export function guess(source: TaskSource, batch: TaskBatch, rng: Rng): Float32Array {
  const { outputs } = source.shape;
  return predict(source, batch, (_, prediction) => {
    if (outputs.kind === 'classes') prediction[outputs.candidates[rng.below(outputs.candidates.length)]!] = 1;
  });
}

/** The scores of a way to predict on some rows of a split. */
export function scoresOf(
  source: TaskSource,
  rows: number,
  predictions: (source: TaskSource, batch: TaskBatch) => Float32Array,
  split: TaskSplit = 'test',
): ScoreSheet['result'] {
  const sheet = new ScoreSheet(source);
  const batch = batchOf(source, { split, from: 0, batchSize: rows });
  sheet.add(batch, predictions(source, batch));
  return sheet.result;
}

/** A task under its smoke preset. */
export function openSmoke(task: Task, seed = 1): TaskSource {
  return openTask(task, task.presets.smoke.settings, seed);
}
