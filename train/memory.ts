import { totalmem } from 'node:os';
import { ConfigError, lookUp } from '../src/core/errors.js';
import { pathText } from '../src/core/schema.js';
import { sizeOf } from '../src/core/shapes.js';
import { shown } from '../src/core/text.js';
import { valueAt } from '../src/core/valueAt.js';
import { SLAB } from '../src/engine/graph/devices.js';
import { mixerNames, type ModelOptions } from '../src/model/config.js';
import { Model } from '../src/model/model.js';
import { mixers } from '../src/mixers/registry.js';
import { headSizes } from '../src/mixers/vectors.js';
import { optimizers } from '../src/optim/registry.js';
import { merge, nest } from './config/layers.js';
import { defaults, type RunConfig } from './config/schema.js';
import { openParts, taskModelConfigOf } from './tasks/parts.js';
import type { TaskRunConfig } from './tasks/schema.js';

/** What memory is taken by. Bytes. */
export interface MemoryNeed {
  /** Weights, gradients, moments, and the copies of them that an update makes. */
  readonly weights: number;
  /** What the layers keep of a training batch for the gradient. */
  readonly activations: number;
  /** What one layer holds of a batch of validation. */
  readonly validation: number;
  /** All of it, with the process itself. */
  readonly total: number;
}

const FLOAT = 4;
/** Node, TensorFlow.js and ONNX Runtime before anything is trained. */
const PROCESS = 180e6;
/** Copies of a weight beside its moments: in TensorFlow.js, in the engine, the new one, its gradient and what makes it. */
const WEIGHT_COPIES = 6;
/** Copies of a moment: in TensorFlow.js, in the engine, and the new one. */
const MOMENT_COPIES = 3;
/** Logits, log probabilities and errors, of which the engine holds a slab at a time. */
const LOGIT_COPIES = 3;
/** An estimate is refused when so much of it does not fit: it may be wrong, and part of a memory may be on disk. */
const SURE = 0.5;

/** The text of a run or the longest samples of a task, and what its model reads and answers. */
function modelOf(config: RunConfig | TaskRunConfig): { readonly model: ModelOptions; readonly T: number } {
  if (!('task' in config)) {
    const { model, tokenizer, train } = config;
    // A vocabulary that is too small for its tokenizer is refused by it, in its own words.
    const vocabularySize = Math.max(2, tokenizer.vocabularySize);
    return { model: { ...model, vocabularySize }, T: train.sequenceLength };
  }
  const parts = openParts(config, 'train');
  const [first] = parts;
  if (!first) throw new Error('tasks: expected a training part, got none');
  const T = Math.max(...parts.map(({ source }) => source.shape.sequenceLength));
  return { model: taskModelConfigOf(config, first.source.shape), T };
}

/** Numbers of all layers for each token, forward and backward, by the widths of what they compute. */
function numbersPerToken({ model }: RunConfig | TaskRunConfig, T: number): { all: number; one: number } {
  const { width: D, mlpWidth, chunkSize } = model;
  const { H, M, K, V } = headSizes(model);
  const C = Math.min(chunkSize, T);
  const vectors = 4 * (D + H * K + M * (K + V) + H * V) + 2.25 * mlpWidth;
  const memories = (M * K * V) / C + H * C;
  const ofLayer = mixerNames(model).map(
    (name) => vectors + (mixers[name]?.keepsTokens === true ? H * T : 2 * memories),
  );
  return { all: 2 * ofLayer.reduce((sum, numbers) => sum + numbers, 0), one: Math.max(...ofLayer) };
}

/**
 * The memory that a training takes, from its config alone: nothing of it is allocated.
 *
 *   weights      4 sum over weights of size (6 + 3 moments)
 *   activations  4 B T 2 sum over layers of (4 (D + H K + M (K + V) + H V) + 2.25 mlpWidth + memories)
 *                + 12 min(B T vocabularySize, 2^21)
 *
 * On a CPU; docs/log.md compares it with what presets take.
 */
export function memoryNeed(config: RunConfig | TaskRunConfig): MemoryNeed {
  const { model, T } = modelOf(config);
  const optimizer = lookUp('optimizer.name', optimizers, config.optimizer.name);
  const weights = Model.specsOf(model).reduce((sum, spec) => {
    const copies = WEIGHT_COPIES + MOMENT_COPIES * optimizer.slots(spec).length;
    return sum + FLOAT * sizeOf(spec.shape) * copies;
  }, 0);
  const { train } = config;
  const numbers = numbersPerToken(config, T);
  const tokens = train.batchSize * T;
  const logits = LOGIT_COPIES * Math.min(tokens * (model.vocabularySize ?? 0), SLAB);
  const activations = FLOAT * (tokens * numbers.all + logits);
  const rows = 'evalBatchSize' in train ? train.evalBatchSize : train.batchSize;
  const validation = FLOAT * rows * T * numbers.one;
  return { weights, activations, validation, total: PROCESS + weights + activations + validation };
}

/** Settings that memory grows with. */
const GROWS_WITH = [
  ...['width', 'layers', 'heads', 'keySize', 'valueSize', 'mlpWidth', 'convolution'].map((name) => [
    'model',
    name,
  ]),
  ['tokenizer', 'vocabularySize'],
  ...['batchSize', 'sequenceLength', 'evalBatchSize'].map((name) => ['train', name]),
];

/** The setting that takes the most: the memory is least where it alone is that of the reference model. */
function largestSetting(config: RunConfig | TaskRunConfig): readonly string[] {
  const found = GROWS_WITH.flatMap((path) => {
    const [own, usual] = [valueAt(config, path), valueAt(defaults, path)];
    if (typeof own !== 'number' || typeof usual !== 'number' || own <= usual) return [];
    // The cast: a config of the same kind, with a number in the place of a number.
    const smaller = merge({ ...config }, nest(path, usual)) as unknown as typeof config;
    return [{ path, total: memoryNeed(smaller).total }];
  });
  return found.sort((a, b) => a.total - b.total)[0]?.path ?? ['task', 'settings'];
}

/** Memory of this machine or, where that is less, of the container that the process runs in. Bytes. */
function machineMemory(): number {
  // Later than the oldest Node that is supported; 0 or more than there is where nothing is constrained.
  const { constrainedMemory } = process as Partial<typeof process>;
  return Math.min(totalmem(), constrainedMemory?.() || Infinity);
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;

/** What a run takes of this machine's memory, in bytes. */
export function memoryHere(config: RunConfig | TaskRunConfig): number {
  const need = memoryNeed(config);
  const { device } = config.engine;
  return device === null || device === 'cpu' ? need.total : PROCESS + need.weights;
}

/**
 * Refuses runs of which so many at a time, the largest ones, cannot fit into memory by a clear margin.
 *
 * @param memory of the machine, in bytes.
 * @throws ConfigError that names the number of jobs.
 */
export function checkMemoryOfJobs(
  configs: readonly (RunConfig | TaskRunConfig)[],
  jobs: number,
  memory = machineMemory(),
): void {
  const largest = configs.map(memoryHere).sort((a, b) => b - a);
  const total = largest.slice(0, jobs).reduce((sum, bytes) => sum + bytes, 0);
  if (SURE * total <= memory) return;
  throw new ConfigError(
    `--jobs: expected runs that fit into the ${gigabytes(memory)} of memory here together, got ${jobs} at a time, which take about ${gigabytes(total)}; lower it, or try it all the same with --force`,
  );
}

/**
 * Refuses a run that cannot fit into memory by a clear margin, before anything of it is allocated. Of a run on a GPU
 * only the weights are counted, which pass through this machine's memory.
 *
 * @param memory of the machine, in bytes.
 * @throws ConfigError that names the setting which takes the most.
 */
export function checkMemory(config: RunConfig | TaskRunConfig, memory = machineMemory()): void {
  const total = memoryHere(config);
  if (SURE * total <= memory) return;
  const path = largestSetting(config);
  throw new ConfigError(
    `${pathText('config', path)}: expected a run that fits into the ${gigabytes(memory)} of memory here, got ${shown(valueAt(config, path))}, with which it takes about ${gigabytes(total)}; lower it, or try it all the same with --force`,
  );
}
