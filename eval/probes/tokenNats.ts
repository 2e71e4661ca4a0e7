import { validationBatches, type TokenSet, type ValidationBatch } from '../../data/index.js';
import { NonFiniteError } from '../../src/core/errors.js';
import { tf, type Tensor2D } from '../../src/core/tf.js';
import type { ProbeSubject } from '../contract.js';

/** A batch with the nats of each of its targets, at the same places. */
export interface ScoredBatch {
  readonly batch: ValidationBatch;
  readonly nats: ArrayLike<number>;
}

function checkFinite({ batch, nats }: ScoredBatch, probe: string): void {
  const place = batch.lossMask.findIndex((weight, i) => weight > 0 && !Number.isFinite(nats[i]));
  if (place < 0) return;
  throw new NonFiniteError(
    `probe ${probe}: expected finite nats, got ${nats[place] ?? NaN} in sequence ${batch.stories[place] ?? -1}; the model has diverged, use an earlier checkpoint`,
  );
}

/**
 * Nats of every target of a set of sequences under the model, each sequence from its own start, batch by batch.
 *
 *   nats_t = - ln p(x_t | endOfText, x_1 .. x_{t-1})
 *
 * Units: nats.
 * @throws NonFiniteError when the model has diverged.
 */
export async function* tokenNats(
  { engine, model, shape, onProgress }: ProbeSubject,
  set: TokenSet,
  probe: string,
): AsyncGenerator<ScoredBatch> {
  const score = engine.compile(
    (ids: Tensor2D, targets: Tensor2D, documents: Tensor2D) => model.nats(ids, targets, documents),
    { variables: model.variables, name: probe },
  );
  const total = set.tokens.length + set.starts.length - 1;
  let done = 0;
  try {
    for (const batch of validationBatches(set, shape)) {
      const tensor = (values: Int32Array): Tensor2D =>
        tf.tensor2d(values, [batch.batchSize, batch.sequenceLength], 'int32');
      const inputs = [tensor(batch.inputs), tensor(batch.targets), tensor(batch.documents)] as const;
      const nats = await score(...inputs);
      const scored = { batch, nats: await nats.data() };
      tf.dispose([...inputs, nats]);
      checkFinite(scored, probe);
      yield scored;
      done += batch.lossMask.reduce((sum, weight) => sum + weight, 0);
      onProgress?.(done / total);
    }
  } finally {
    await score.dispose();
  }
}
