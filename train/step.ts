import type { Batch } from '../data/index.js';
import { tf, type Tensor, type Tensor2D } from '../src/core/tf.js';
import type { Engine } from '../src/engine/engine.js';
import type { LanguageModel } from '../src/model/languageModel.js';
import type { OptimizerSettings } from '../src/optim/contract.js';
import {
  createObjectiveUpdater,
  type NamedVariable,
  type Objective,
  type ObjectiveUpdater,
  type UpdateOutcome as ObjectiveOutcome,
  type UpdateRequest,
} from './updater.js';

export type { NamedVariable, UpdateRequest };

/** A batch as tensors: ids, targets, weights, documents, each [B,T]. */
type BatchTensors = [Tensor2D, Tensor2D, Tensor2D, Tensor2D];

export interface UpdateOutcome extends Omit<ObjectiveOutcome, 'loss'> {
  /** Mean over the targets of the batch, before the update. Nats per token. */
  readonly lossNats: number;
}

/** Trains a language model's weights, one update a call. */
export interface Updater extends Omit<ObjectiveUpdater<Batch>, 'update'> {
  /** One update from as many micro-batches as the updater was made for. */
  update(batches: readonly Batch[], request: UpdateRequest): Promise<UpdateOutcome>;
}

/** A batch as tensors; the caller disposes them. */
export function batchTensors({
  batchSize,
  sequenceLength,
  inputs,
  targets,
  lossMask,
  documents,
}: Batch): BatchTensors {
  const shape: [number, number] = [batchSize, sequenceLength];
  return [
    tf.tensor2d(inputs, shape, 'int32'),
    tf.tensor2d(targets, shape, 'int32'),
    tf.tensor2d(lossMask, shape, 'float32'),
    tf.tensor2d(documents, shape, 'int32'),
  ];
}

/** Cross-entropy of the targets of text. */
function languageObjective(model: LanguageModel): Objective<Batch> {
  return {
    weights: model.weights,
    tensors: batchTensors,
    lossSum: (...batch: readonly Tensor[]) => {
      const [ids, targets, weights, documents] = batch as BatchTensors; // as `batchTensors` gives them
      return model.lossSum(ids, targets, weights, documents);
    },
    totalWeight: ({ lossMask }) => lossMask.reduce((a, b) => a + b, 0),
  };
}

export interface UpdaterOptions {
  readonly engine: Engine;
  readonly model: LanguageModel;
  readonly settings: OptimizerSettings;
  /** Micro-batches an update. */
  readonly accumulate: number;
}

/**
 * Makes the function that trains a language model: `createObjectiveUpdater` on the nats of its targets.
 *
 * Units: nats per token. No I/O, no clock, no randomness.
 * State: weights and moments live in the engine; `engine.pull` brings them back. `dispose` frees the moments.
 * @throws ConfigError for an unknown optimizer.
 */
export function createUpdater({ model, ...options }: UpdaterOptions): Updater {
  const updater = createObjectiveUpdater({ ...options, objective: languageObjective(model) });
  return {
    ...updater,
    update: async (batches, request) => {
      const { loss, ...outcome } = await updater.update(batches, request);
      return { lossNats: loss, ...outcome };
    },
  };
}
