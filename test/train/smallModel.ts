import { Rng } from '../../src/core/rng.js';
import type { Batch } from '../../data/index.js';
import { defaults } from '../../train/config/schema.js';

/** A model that trains in milliseconds on any engine. */
export const smallModel = {
  ...defaults.model,
  vocabularySize: 24,
  width: 16,
  layers: 2,
  heads: 2,
  keySize: 8,
  valueSize: 8,
  mlpWidth: 24,
  chunkSize: 4,
};

/** A batch of random tokens in two documents a row. */
export function randomBatch(seed: number, rows = 2, length = 8): Batch {
  const rng = Rng.fromSeed(seed);
  const size = rows * length;
  const ids = (): Int32Array => Int32Array.from({ length: size }, () => rng.below(smallModel.vocabularySize));
  return {
    batchSize: rows,
    sequenceLength: length,
    inputs: ids(),
    targets: ids(),
    lossMask: Float32Array.from({ length: size }, (_, i) => (i % 5 === 4 ? 0 : 1)),
    documents: Int32Array.from({ length: size }, (_, i) => (i % length < length / 2 ? 0 : 1)),
  };
}

/** The rows of two batches in one. */
export function joinBatches(a: Batch, b: Batch): Batch {
  const joinInts = (x: Int32Array, y: Int32Array): Int32Array => Int32Array.from([...x, ...y]);
  return {
    batchSize: a.batchSize + b.batchSize,
    sequenceLength: a.sequenceLength,
    inputs: joinInts(a.inputs, b.inputs),
    targets: joinInts(a.targets, b.targets),
    lossMask: Float32Array.from([...a.lossMask, ...b.lossMask]),
    documents: joinInts(a.documents, b.documents),
  };
}
