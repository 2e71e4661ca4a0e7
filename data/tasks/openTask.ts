import { ConfigError } from '../../src/core/errors.js';
import type { Params } from '../../src/core/params.js';
import { Rng } from '../../src/core/rng.js';
import type { Task, TaskDraw, TaskSample, TaskSplit, Values } from './contract.js';
import { resolveSettings } from './settings.js';

/** One sample in so many belongs to the validation split, and as many to the test split. */
const SPLIT_SHARE = 8;

/** Draws before a split is called empty: a share of 1/8 is missed that often with chance 1e-116. */
const MOST_DRAWS = 2000;

/** A task with settings and a seed: its samples by split and index. */
export interface TaskSource extends Omit<TaskDraw, 'draw'> {
  readonly task: Task;
  /** All settings, resolved. */
  readonly settings: Params;
  readonly seed: number;
  /**
   * Sample `index` of a split: the same whatever was asked before.
   *
   * @throws ConfigError when the settings leave no sample for the split.
   */
  readonly sample: (split: TaskSplit, index: number) => TaskSample;
}

/** 32 bits of all words (multiply and shift, with the finish of MurmurHash3). */
function hashWords(words: Int32Array): number {
  let hash = words.length;
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function asWords(values: Values): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}

/** The split that a sample belongs to, by what it holds and nothing else. */
export function splitOf(sample: TaskSample): TaskSplit {
  const bucket = hashWords(sample.identity ?? asWords(sample.inputs)) % SPLIT_SHARE;
  return bucket === 0 ? 'validation' : bucket === 1 ? 'test' : 'train';
}

/** A stream of 64 random bits of its own: with 32 alone, two of 100,000 samples would often be twins. */
function streamOf(base: Rng, index: number): Rng {
  const first = base.derive(`first ${index}`);
  const second = base.derive(`second ${index}`);
  return Rng.fromState([first.uint32(), second.uint32(), first.uint32(), second.uint32()]);
}

/**
 * A task with settings and a seed.
 *
 * Splits are disjoint by construction: the content of a sample decides its split (`splitOf`), and a sample of another
 * split is drawn again. That holds across settings and seeds too, so a model trained on length 40 never meets its
 * test strings of length 40, however few such strings there are. Within its share each split has the task's law.
 *
 * @throws ConfigError when the settings are wrong, see `resolveSettings`.
 */
export function openTask(task: Task, given: Params, seed: number, where?: string): TaskSource {
  const settings = resolveSettings(task, given, where);
  const root = Rng.fromSeed(seed).derive('task', task.name);
  const { draw, ...drawn } = task.open(settings, root.derive('world'));
  const bases = {
    train: root.derive('train'),
    validation: root.derive('validation'),
    test: root.derive('test'),
  };
  const sample = (split: TaskSplit, index: number): TaskSample => {
    if (!Number.isSafeInteger(index) || index < 0)
      throw new ConfigError(`tasks.${task.name}: expected a sample index from 0, got ${index}; count from 0`);
    const rng = streamOf(bases[split], index);
    for (let tries = 0; tries < MOST_DRAWS; tries++) {
      const candidate = draw(rng);
      if (splitOf(candidate) === split) return candidate;
    }
    throw new ConfigError(
      `${where ?? `tasks.${task.name}`}: expected settings with samples enough for three splits, got none for the ` +
        `${split} split; make the samples longer or the vocabulary larger`,
    );
  };
  return { ...drawn, task, settings, seed, sample };
}
