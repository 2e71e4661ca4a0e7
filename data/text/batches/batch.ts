import { storyLength, type TokenSet } from '../encode/tokenSet.js';

/** A run of (input, target) pairs of one story and where it goes in a batch. */
export interface Run {
  readonly story: number;
  /** First pair of the story, 0 being (endOfText, t1). */
  readonly offset: number;
  readonly count: number;
  /** First place in the arrays of the batch. */
  readonly at: number;
  readonly document: number;
}

/** Writes inputs, targets and document ids of a run; leaves the weights alone. */
export function fillPairs(set: TokenSet, batch: Batch, run: Run): void {
  const { story, offset, count, at, document } = run;
  const begin = set.starts[story] ?? 0;
  const last = storyLength(set, story);
  const token = (position: number): number =>
    position < 0 || position >= last ? set.endOfText : (set.tokens[begin + position] ?? 0);
  for (let i = 0; i < count; i++) {
    batch.inputs[at + i] = token(offset + i - 1);
    batch.targets[at + i] = token(offset + i);
  }
  batch.documents.fill(document, at, at + count);
}

/**
 * Rows of tokens for one step; every array is `batchSize * sequenceLength`, row-major.
 *
 * `targets[i]` follows `inputs[i]`; `lossMask[i]` is 0 where the target must not count (padding, or the first
 * token of another document); `documents[i]` is an id that changes at every document boundary in a row.
 */
export interface Batch {
  readonly batchSize: number;
  readonly sequenceLength: number;
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  readonly lossMask: Float32Array;
  readonly documents: Int32Array;
}
