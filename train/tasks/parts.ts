import { openTask, tasks, type TaskMetric, type TaskSource } from '../../data/index.js';
import { lookUp } from '../../src/core/errors.js';
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

/** Steps of a whole training: its samples, or its finite set as often as asked, by rows. */
export function stepsOf({ task, train }: TaskRunConfig): number {
  const listed = task.train.reduce((sum, { samples }) => sum + samples, 0);
  const samples = train.epochs === null ? (train.samples ?? 0) : listed * train.epochs;
  return Math.ceil(samples / train.batchSize);
}
