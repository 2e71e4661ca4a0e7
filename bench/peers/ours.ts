import type { Batch } from '../../data/index.js';
import type { Rng } from '../../src/core/rng.js';
import { required } from '../../src/core/required.js';
import { tf } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { Decoder } from '../../src/model/decode.js';
import type { Model } from '../../src/model/model.js';
import { batchTensors, textObjective } from '../../train/stories.js';
import { createUpdater, type Objective } from '../../train/updater.js';
import { randomBatch } from '../reference.js';
import type { Cell } from './cells.js';
import type { Lap, TorchBatch, TorchStep } from './torch.js';

/** A batch of text, or of a task with its positions. */
interface PeerBatch {
  readonly text: Batch;
  readonly positions?: Int32Array;
}

/** Positions of the answers of a row: the last tokens of it. */
function positionsOf(rows: number, length: number, answers: number): Int32Array {
  return Int32Array.from(
    { length: rows * answers },
    (_, i) => (Math.floor(i / answers) + 1) * length - answers + (i % answers),
  );
}

/** Random tokens for a cell. */
export function peerBatch({ config, answers }: Cell, rng: Rng): PeerBatch {
  const { batchSize: rows, sequenceLength: length } = config.train;
  const text = randomBatch(rng, rows, length, config.tokenizer.vocabularySize);
  return answers === undefined ? { text } : { text, positions: positionsOf(rows, length, answers) };
}

/** The same batch with each row as one document, as the PyTorch side sees it. */
export const asOneDocument = ({ text, ...rest }: PeerBatch): PeerBatch => ({
  text: { ...text, documents: new Int32Array(text.documents.length) },
  ...rest,
});

const targetsOf = ({ text, positions }: PeerBatch): Int32Array =>
  positions ? positions.map((at) => required(text.targets[at], 'a target')) : text.targets;

/** The same batch for the PyTorch side. */
export function torchBatch(batch: PeerBatch): TorchBatch {
  const { text, positions } = batch;
  return {
    ids: [...text.inputs],
    targets: [...targetsOf(batch)],
    ...(positions && { positions: [...positions] }),
  };
}

function objectiveOf(model: Model, answers: boolean): Objective<PeerBatch> {
  const text = textObjective(model);
  if (!answers) {
    return {
      weights: model.weights,
      tensors: (batch) => batchTensors(batch.text),
      lossSum: (...tensors) => text.lossSum(...tensors),
      totalWeight: (batch) => text.totalWeight(batch.text),
    };
  }
  return {
    weights: model.weights,
    tensors: (batch) => {
      const {
        text: { batchSize, sequenceLength, inputs },
        positions = new Int32Array(),
      } = batch;
      return [
        tf.tensor2d(inputs, [batchSize, sequenceLength], 'int32'),
        tf.tensor1d(positions, 'int32'),
        tf.tensor1d(targetsOf(batch), 'int32'),
        tf.ones([positions.length]),
      ];
    },
    // As `tensors` gives them.
    lossSum: (...[ids, positions, targets, weights]) =>
      model.lossSumAt(
        required(ids, 'ids'),
        required(positions, 'positions'),
        required(targets, 'targets'),
        required(weights, 'weights'),
      ),
    totalWeight: ({ positions }) => positions?.length ?? 0,
  };
}

/** Starts a clock; asked after so many steps or tokens, it says what each took. */
function timer(): (count: number) => Lap {
  const [start, before] = [performance.now(), process.cpuUsage()];
  return (count) => {
    const { user, system } = process.cpuUsage(before);
    return {
      stepMs: (performance.now() - start) / count,
      processorMs: (user + system) / 1000 / count,
    };
  };
}

/** Training steps of a model. */
export async function ourTrainer(
  { config, answers }: Cell,
  model: Model,
  threads: number,
): Promise<{
  step(batch: PeerBatch): Promise<TorchStep>;
  dispose(): Promise<void>;
}> {
  const engine = await createEngine({ threads });
  const updater = createUpdater({
    engine,
    objective: objectiveOf(model, answers !== undefined),
    settings: config.optimizer,
    accumulationSteps: 1,
  });
  let t = 0;
  return {
    step: async (batch) => {
      const lap = timer();
      const { loss, gradNorm } = await updater.update([batch], {
        t: ++t,
        rate: config.optimizer.learningRate,
      });
      return { ...lap(1), loss, gradNorm };
    },
    dispose: async () => {
      await updater.dispose();
      await engine.dispose();
    },
  };
}

/** A decoder of all rows of a model, which begins anew where its cache is full; of one row by one thread, as for users. */
export async function ourReader(model: Model, rows: number, length: number, threads: number) {
  const engine = await createEngine({ threads: rows === 1 ? 1 : threads });
  const decoder = Decoder.create(engine, model, rows, { cacheLength: length });
  const room = new Float32Array(rows * model.vocabularySize);
  let position = 0;
  const restart = async (): Promise<void> => {
    await decoder.reset();
    position = 0;
  };
  return {
    restart,
    /** As `TorchPeer.read`. */
    read: async (tokens: readonly (readonly number[])[]): Promise<Lap & { readonly logits: number[] }> => {
      if (position + tokens.length > length) await restart();
      position += tokens.length;
      const ids = tokens.map((row) => Int32Array.from(row));
      let logits: Float32Array = new Float32Array();
      const lap = timer();
      for (const next of ids) logits = await decoder.next(next, room);
      return {
        ...lap(tokens.length),
        logits: [...logits.subarray(0, logits.length / rows)],
      };
    },
    dispose: async () => {
      await decoder.dispose();
      await engine.dispose();
    },
  };
}
