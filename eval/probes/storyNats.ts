import { storyCount, storyLength, type TokenSet } from '../../data/index.js';
import type { ProbeSubject } from '../contract.js';
import { bucketOf, positionBuckets, type PositionBucket } from './positionBuckets.js';
import { tokenNats, type ScoredBatch } from './tokenNats.js';

/** Nats and targets of every story of a set; index i is story i. */
export interface StoryNats {
  readonly nats: Float64Array;
  /** Targets scored: the story's tokens and its end of text. */
  readonly targets: Float64Array;
  /** The same, of the targets at the places of each bucket. */
  readonly buckets: readonly {
    readonly bucket: PositionBucket;
    readonly nats: Float64Array;
    readonly targets: Float64Array;
  }[];
}

function emptySums(set: TokenSet): StoryNats {
  const stories = storyCount(set);
  let longest = 0;
  for (let story = 0; story < stories; story++) longest = Math.max(longest, storyLength(set, story) + 1);
  const column = (): Float64Array => new Float64Array(stories);
  const buckets = positionBuckets(longest).map((bucket) => ({ bucket, nats: column(), targets: column() }));
  return { nats: column(), targets: column(), buckets };
}

/** Adds the scored targets of one batch. */
function addBatch(sums: StoryNats, { batch, nats }: ScoredBatch): void {
  batch.lossMask.forEach((weight, i) => {
    if (weight === 0) return;
    const [story, value] = [batch.stories[i] ?? -1, nats[i] ?? NaN];
    const part = sums.buckets[bucketOf(batch.positions[i] ?? 0)];
    for (const { nats: sum, targets } of part ? [sums, part] : [sums]) {
      sum[story] = (sum[story] ?? 0) + value;
      targets[story] = (targets[story] ?? 0) + 1;
    }
  });
}

/**
 * Nats of every validation story under the model, each story from its own start.
 *
 *   nats_s = - sum over t of ln p(x_t | endOfText, x_1 .. x_{t-1})
 *
 * A story longer than a row is scored in overlapping windows; see `validationBatches`.
 * Units: nats.
 * @throws NonFiniteError when the model has diverged.
 */
export async function storyNats(subject: ProbeSubject, probe: string): Promise<StoryNats> {
  const sums = emptySums(subject.validation);
  for await (const scored of tokenNats(subject, subject.validation, probe)) addBatch(sums, scored);
  return sums;
}
