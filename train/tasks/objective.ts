import type { TaskBatch } from '../../data/index.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { TaskModel } from '../../src/model/taskModel.js';
import type { Objective } from '../updater.js';

/** Inputs and places of a batch, as a task model takes them; the caller disposes them. */
export function questionTensors({
  batchSize,
  sequenceLength,
  width,
  inputs,
  scored,
}: TaskBatch): [Tensor, Tensor] {
  return [
    inputs instanceof Int32Array
      ? tf.tensor2d(inputs, [batchSize, sequenceLength], 'int32')
      : tf.tensor3d(inputs, [batchSize, sequenceLength, width], 'float32'),
    tf.tensor1d(scored.positions, 'int32'),
  ];
}

type Tensors = [Tensor, Tensor, Tensor, Tensor];

function batchTensors(batch: TaskBatch): Tensors {
  const { targets, mask } = batch.scored;
  const dtype = targets instanceof Int32Array ? 'int32' : 'float32';
  return [...questionTensors(batch), tf.tensor1d(targets, dtype), tf.tensor1d(mask, 'float32')];
}

/** The loss of a task model where it is asked: nats an answer, or squared error. */
export function taskObjective(model: TaskModel): Objective<TaskBatch> {
  return {
    weights: model.weights,
    tensors: batchTensors,
    lossSum: (...batch) => model.lossSum(...(batch as Tensors)), // as `batchTensors` gives them
    totalWeight: ({ scored }) => scored.mask.reduce((a, b) => a + b, 0),
  };
}
