import { storyCount, validationBatches, type BatchShape, type TokenSet } from '../data/index.js';
import { DataError, NonFiniteError } from '../src/core/errors.js';
import { tf, type Tensor, type Tensor2D } from '../src/core/tf.js';
import type { Engine } from '../src/engine/engine.js';
import type { LanguageModel } from '../src/model/languageModel.js';
import { batchTensors } from './step.js';

export interface Validation {
  /** Mean over all targets, ends of text included. Nats per token. */
  readonly lossNats: number;
  /** Sum of nats / ln 2 / UTF-8 bytes of the stories. */
  readonly bitsPerByte: number;
  readonly stories: number;
}

/** Scores sets with a model as its weights are in the engine. */
export interface Validator {
  validate(set: TokenSet): Promise<Validation>;
  dispose(): Promise<void>;
}

/**
 * Makes the function that validates a model. Every story is read from its start and every token scored once.
 *
 * @throws NonFiniteError when a loss is NaN or infinite, DataError for an empty set (both when called).
 * State: reads the weights that live in the engine, so it may be called between updates.
 */
export function createValidator(engine: Engine, model: LanguageModel, shape: BatchShape): Validator {
  const compiled = engine.compile(
    (...[ids, targets, weights, documents]: readonly [Tensor2D, Tensor2D, Tensor2D, Tensor2D]): Tensor =>
      model.lossSum(ids, targets, weights, documents),
    { variables: model.variables, name: 'validation' },
  );
  const natsOf = async (tensors: [Tensor2D, Tensor2D, Tensor2D, Tensor2D]): Promise<number> => {
    const sum = await compiled(...tensors);
    const [nats = NaN] = sum.dataSync();
    tf.dispose([...tensors, sum]);
    return nats;
  };
  return {
    validate: async (set) => {
      let [nats, targets] = [0, 0];
      for (const batch of validationBatches(set, shape)) {
        nats += await natsOf(batchTensors(batch));
        targets += batch.lossMask.reduce((a, b) => a + b, 0);
      }
      if (targets === 0)
        throw new DataError('validation: expected at least one story, got none; use more text');
      if (!Number.isFinite(nats)) {
        throw new NonFiniteError(
          `validation: expected finite nats, got ${nats}; go back to an earlier checkpoint and lower optimizer.learningRate`,
        );
      }
      return { lossNats: nats / targets, bitsPerByte: nats / Math.LN2 / set.bytes, stories: storyCount(set) };
    },
    dispose: async () => compiled.dispose(),
  };
}
