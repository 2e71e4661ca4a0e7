import type { Batch } from './batch.js';
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
