import { tokenizerFromJson, type BatchShape, type Tokenizer } from '../data/index.js';
import { CheckpointError, ConfigError } from '../src/core/errors.js';
import { renamedKeys } from '../src/core/renamed.js';
import { valueAt } from '../src/core/valueAt.js';
import { loadCheckpoint, type Checkpoint } from '../src/checkpoint/store.js';
import type { ModelConfig } from '../src/model/config.js';
import { Model } from '../src/model/model.js';

/** A model as a checkpoint left it, with what is needed to use it. */
export interface TrainedModel {
  readonly checkpoint: Checkpoint;
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** What the run trained on, as `loadCorpus` takes it. */
  readonly source: string;
  /** SHA-256 of the files of that, sorted; none where the checkpoint does not say. */
  readonly sourceFiles: readonly string[];
  /** A sketch of the stories it trained on; empty where the checkpoint does not say. */
  readonly sketch: string;
  /** Of the training stories, how many it trained on: the first. */
  readonly trainStories: number;
  /** Field or column of its files with the text. */
  readonly textColumn: string;
  /** Rows, and tokens per row, of the run's validation. */
  readonly shape: BatchShape;
}

/** The value at a path of the run config in a manifest. */
function settingAt(
  { path, config }: Checkpoint,
  names: readonly string[],
  type: 'number' | 'string',
): unknown {
  const value = names.reduce<unknown>(
    // The cast: an object by the test before it.
    (group, name) =>
      typeof group === 'object' && group ? (group as Record<string, unknown>)[name] : undefined,
    config,
  );
  if (typeof value === type) return value;
  const renamed = renamedKeys(config);
  if (renamed.length > 0) throw new CheckpointError(`checkpoint ${path}: ${renamed.join('; ')}`);
  throw new CheckpointError(
    `checkpoint ${path}: expected config.${names.join('.')} to be a ${type}, got ${JSON.stringify(value) ?? 'nothing'}; it was written by another version`,
  );
}

type NamedValues = Parameters<Model['loadWeights']>[0];

function floatWeights({ path, weights }: Checkpoint): NamedValues {
  const values = Array.from(weights, ([name, { dtype, shape, data }]) => {
    if (dtype === 'F32') return [name, { shape, data }] as const;
    throw new CheckpointError(
      `checkpoint ${path}: expected weight '${name}' as F32, got ${dtype}; convert it to F32`,
    );
  });
  return new Map(values);
}

function createModel(checkpoint: Checkpoint): Model {
  try {
    // The cast: JSON that `create` checks in full.
    const options = checkpoint.model as unknown as ModelConfig;
    return Model.load(options, floatWeights(checkpoint), `checkpoint ${checkpoint.path}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const renamed = renamedKeys({ model: checkpoint.model });
    throw new CheckpointError(
      `checkpoint ${checkpoint.path}: expected a model of this version, got: ${[...renamed, error.message].join('; ')}`,
      { cause: error },
    );
  }
}

/** Tokens of a batch; in a checkpoint from elsewhere more would only be there to take memory. */
const MOST_TOKENS = 2 ** 24;

function shapeOf(checkpoint: Checkpoint): BatchShape {
  const batchSize = Number(settingAt(checkpoint, ['train', 'evalBatchSize'], 'number'));
  const sequenceLength = Number(settingAt(checkpoint, ['train', 'sequenceLength'], 'number'));
  if (batchSize * sequenceLength <= MOST_TOKENS) return { batchSize, sequenceLength };
  throw new CheckpointError(
    `checkpoint ${checkpoint.path}: expected batches of at most ${MOST_TOKENS} tokens, got config.train.evalBatchSize ${batchSize} with sequenceLength ${sequenceLength}; resume it with smaller ones`,
  );
}

/**
 * Loads the newest checkpoint of a run folder, or a step folder, ready to use.
 *
 * @throws CheckpointError when it is missing, damaged, or its model or weights do not fit this version.
 */
export async function openTrainedModel(folder: string): Promise<TrainedModel> {
  const checkpoint = await loadCheckpoint(folder);
  const shape = shapeOf(checkpoint);
  return {
    checkpoint,
    model: createModel(checkpoint),
    tokenizer: tokenizerFromJson(checkpoint.tokenizer),
    source: String(settingAt(checkpoint, ['data', 'source'], 'string')),
    sourceFiles: Array.isArray(checkpoint.data?.files) ? checkpoint.data.files.map(String) : [],
    sketch: typeof checkpoint.data?.stories === 'string' ? checkpoint.data.stories : '',
    trainStories: Number(valueAt(checkpoint.config, ['data', 'trainStories']) ?? Infinity),
    textColumn: String(settingAt(checkpoint, ['data', 'textColumn'], 'string')),
    shape,
  };
}
