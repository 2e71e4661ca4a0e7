import { openTask, tasks, type TaskMetric, type TaskShape, type TaskSource } from '../../data/index.js';
import { lookUp } from '../../src/core/errors.js';
import type { Checkpoint } from '../../src/checkpoint/store.js';
import { Model } from '../../src/model/model.js';
import type { ModelOptions } from '../../src/model/config.js';
import type { TaskRunConfig } from './schema.js';

/** Which samples of a config. */
export type PartKind = 'train' | 'validation' | 'test';

/** A part with its task opened under the settings of that part. */
export interface OpenPart {
  readonly name: string;
  readonly samples: number;
  readonly source: TaskSource;
}

/**
 * The parts of a kind, opened. All have the seed of the config, and so what the task shares between its splits.
 *
 * @throws ConfigError for settings that are wrong, with the path of the part.
 */
export function openParts({ task, seed }: TaskRunConfig, kind: PartKind): readonly OpenPart[] {
  const entry = lookUp('config.task.name', tasks, task.name);
  return task[kind].map(({ name, settings, samples }, i) => ({
    name,
    samples,
    source: openTask(entry, { ...task.settings, ...settings }, seed, `config.task.${kind}[${i}]`),
  }));
}

/** The metric that is chosen by: the first. */
export function firstMetric(parts: readonly OpenPart[]): TaskMetric {
  const metric = parts[0]?.source.metrics[0];
  if (metric === undefined) throw new Error('tasks: expected a part with a metric, got none');
  return metric;
}

/** Updates of a whole training: its samples, or its finite set as often as asked, by batches. */
export function stepsOf({ task, train }: TaskRunConfig): number {
  const listed = task.train.reduce((sum, { samples }) => sum + samples, 0);
  const samples = train.epochs === null ? (train.samples ?? 0) : listed * train.epochs;
  return Math.ceil(samples / (train.batchSize * train.accumulationSteps));
}

/** Mean training tokens of an update, over the mix. */
export function tokensPerUpdateOf(config: TaskRunConfig): number {
  const parts = openParts(config, 'train');
  const all = parts.reduce((sum, { samples }) => sum + samples, 0);
  const length = parts.reduce(
    (sum, { samples, source }) => sum + (samples / all) * source.shape.sequenceLength,
    0,
  );
  return length * config.train.batchSize * config.train.accumulationSteps;
}

/** The model of a training: what it reads and answers comes from the task. */
export function taskModelConfigOf({ model }: TaskRunConfig, { inputs, outputs }: TaskShape): ModelOptions {
  return {
    ...model,
    inputs: inputs.kind === 'tokens' ? { kind: 'tokens', vocabularySize: inputs.vocabulary } : { ...inputs },
    outputs: outputs.kind === 'classes' ? { kind: 'classes', classes: outputs.classes } : { kind: 'real' },
  };
}

/**
 * A model for a config, with fresh weights or those of a checkpoint.
 *
 * @throws CheckpointError for weights of another config.
 */
export function createTaskModel(config: TaskRunConfig, from?: Checkpoint): Model {
  const [part] = openParts(config, 'train');
  if (!part) throw new Error('tasks: expected a training part, got none');
  const options = taskModelConfigOf(config, part.source.shape);
  return from
    ? Model.load(options, from.weights, `checkpoint of step ${from.step}: weights.safetensors`)
    : Model.create(options, config.seed);
}
