import {
  storyCount,
  storyLength,
  validationBatches,
  type TokenSet,
  type ValidationBatch,
} from '../../data/index.js';
import { tf, type Tensor2D } from '../../src/core/tf.js';
import type { ProbeSubject } from '../contract.js';
import { bucketOf, positionBuckets, type PositionBucket } from './positionBuckets.js';

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

/** Adds the scored targets of one batch; gives how many there were. */
function addBatch(sums: StoryNats, batch: ValidationBatch, nats: ArrayLike<number>): number {
  let scored = 0;
  batch.weights.forEach((weight, i) => {
    if (weight === 0) return;
    const [story, value] = [batch.stories[i] ?? -1, nats[i] ?? NaN];
    const part = sums.buckets[bucketOf(batch.positions[i] ?? 0)];
    for (const { nats: sum, targets } of part ? [sums, part] : [sums]) {
      sum[story] = (sum[story] ?? 0) + value;
      targets[story] = (targets[story] ?? 0) + 1;
    }
    scored += 1;
  });
  return scored;
}

/**
 * Nats of every validation story under the model, each story from its own start.
 *
 *   nats_s = - sum over t of ln p(x_t | endOfText, x_1 .. x_{t-1})
 *
 * A story longer than a row is scored in overlapping windows; see `validationBatches`.
 * Units: nats.
 */
export async function storyNats(subject: ProbeSubject): Promise<StoryNats> {
  const { engine, model, validation, shape, onProgress } = subject;
  const score = engine.compile(
    (ids: Tensor2D, targets: Tensor2D, documents: Tensor2D) => model.nats(ids, targets, documents),
    { variables: model.variables, name: 'storyNats' },
  );
  const sums = emptySums(validation);
  const total = validation.tokens.length + storyCount(validation);
  let done = 0;
  for (const batch of validationBatches(validation, shape)) {
    const tensor = (values: Int32Array): Tensor2D => tf.tensor2d(values, [batch.rows, batch.length], 'int32');
    const inputs = [tensor(batch.inputs), tensor(batch.targets), tensor(batch.documents)] as const;
    const nats = await score(...inputs);
    done += addBatch(sums, batch, await nats.data());
    tf.dispose([...inputs, nats]);
    onProgress?.(done / total);
  }
  await score.dispose();
  return sums;
}
