import { NonFiniteError } from '../../src/core/errors.js';
import { tf, type Tensor, type Tensor1D, type Tensor2D } from '../../src/core/tf.js';
import type { Model } from '../../src/model/model.js';
import type { ProbeSubject } from '../contract.js';

/** A token asked for at a position of a row. */
interface Ask {
  /** Place of the input that the target follows, from 0. */
  readonly place: number;
  readonly target: number;
}

/** One document and what is asked of the model in it. */
export interface AskedRow {
  /** Ids from the end of text that starts the document. */
  readonly inputs: ArrayLike<number>;
  readonly asks: readonly Ask[];
}

/** How a target did. */
export interface AskScore {
  readonly nats: number;
  /** 1 when no other token is as probable; shared with those that are; else 0. */
  readonly hit: number;
}

/** Nats and hits `[N]` of targets `[N]` at places `[N]` of the flattened rows. */
function scoreFunction(model: Model) {
  const { vocabularySize } = model;
  return (ids: Tensor2D, places: Tensor1D, targets: Tensor1D): Record<string, Tensor> => {
    const logits = model.answers(ids, places);
    const own = tf.equal(tf.expandDims(targets, 1), tf.range(0, vocabularySize, 1, 'int32'));
    const target = tf.sum(tf.mul(logits, tf.cast(own, 'float32')), 1, true);
    const top = tf.max(logits, 1, true);
    const total = tf.add(tf.log(tf.sum(tf.exp(tf.sub(logits, top)), 1, true)), top);
    const ties = tf.sum(tf.cast(tf.greaterEqual(logits, top), 'float32'), 1, true);
    const best = tf.cast(tf.greaterEqual(target, top), 'float32');
    return {
      nats: tf.reshape(tf.sub(total, target), [-1]),
      hits: tf.reshape(tf.div(best, ties), [-1]),
    };
  };
}

/** Rows are padded to one of few lengths, so that few sizes are compiled: 2^n and 3 2^n from 32. */
function paddedLength(length: number): number {
  let power = 32;
  while (power * 2 < length) power *= 2;
  return [power, power * 1.5, power * 2].find((size) => size >= length) ?? length;
}

/** Rows of one padded length, by their indices; all batches of a length have the same sizes. */
interface AskedBatch {
  readonly length: number;
  /** Rows, filled or not. */
  readonly size: number;
  /** Most asks, used or not. */
  readonly slots: number;
  readonly members: readonly number[];
}

/** Rows by padded length, in batches of about so many tokens. */
function batchesOf(rows: readonly AskedRow[], tokens: number): AskedBatch[] {
  const byLength = new Map<number, number[]>();
  for (const [i, { inputs }] of rows.entries()) {
    const length = paddedLength(inputs.length);
    byLength.set(length, [...(byLength.get(length) ?? []), i]);
  }
  return [...byLength].flatMap(([length, members]) => {
    const size = Math.max(1, Math.floor(tokens / length));
    const slots = size * members.reduce((most, i) => Math.max(most, rows[i]?.asks.length ?? 0), 1);
    const count = Math.ceil(members.length / size);
    return Array.from({ length: count }, (_, b) => {
      return { length, size, slots, members: members.slice(b * size, (b + 1) * size) };
    });
  });
}

/** Rows and asks of a batch as arrays of one size each; what is left over asks for token 0 at place 0. */
function arraysOf(rows: readonly AskedRow[], { length, size, slots }: AskedBatch, endOfText: number) {
  const ids = new Int32Array(size * length).fill(endOfText);
  const [places, targets] = [new Int32Array(slots), new Int32Array(slots)];
  let at = 0;
  for (const [r, { inputs, asks }] of rows.entries()) {
    ids.set(Array.from(inputs), r * length);
    for (const { place, target } of asks) {
      places[at] = r * length + place;
      targets[at] = target;
      at += 1;
    }
  }
  return { ids, places, targets };
}

/** Hands the flat scores of a batch back to the asks of its rows. */
function sharedOut(
  rows: readonly AskedRow[],
  nats: ArrayLike<number>,
  hits: ArrayLike<number>,
): AskScore[][] {
  let at = 0;
  return rows.map(({ asks }) =>
    asks.map(() => {
      const score = { nats: nats[at] ?? NaN, hit: hits[at] ?? NaN };
      at += 1;
      return score;
    }),
  );
}

/**
 * Nats of the tokens asked for and whether each is the most probable one, by row and ask.
 *
 *   nats = - ln p(target | inputs up to place)
 *
 * Units: nats.
 * @throws NonFiniteError when the model has diverged.
 */
export async function scoreAsks(
  { engine, model, validation, shape, onProgress }: ProbeSubject,
  rows: readonly AskedRow[],
  probe: string,
): Promise<readonly (readonly AskScore[])[]> {
  const score = engine.compile(scoreFunction(model), { variables: model.variables, name: probe });
  const scores: (readonly AskScore[])[] = rows.map(() => []);
  let done = 0;
  try {
    for (const batch of batchesOf(rows, shape.batchSize * shape.sequenceLength)) {
      const { length, size, members } = batch;
      const own = members.flatMap((i) => rows[i] ?? []);
      const { ids, places, targets } = arraysOf(own, batch, validation.endOfText);
      const inputs = [
        tf.tensor2d(ids, [size, length], 'int32'),
        tf.tensor1d(places, 'int32'),
        tf.tensor1d(targets, 'int32'),
      ] as const;
      const outputs = await score(...inputs);
      // The names are those that the function gives.
      const { nats, hits } = outputs as { nats: Tensor; hits: Tensor };
      const found = sharedOut(own, await nats.data(), await hits.data());
      tf.dispose([...inputs, nats, hits]);
      for (const [m, i] of members.entries()) scores[i] = found[m] ?? [];
      checkFinite(found.flat(), probe);
      done += members.length;
      onProgress?.(done / rows.length);
    }
  } finally {
    await score.dispose();
  }
  return scores;
}

function checkFinite(scores: readonly AskScore[], probe: string): void {
  const wrong = scores.find(({ nats }) => !Number.isFinite(nats));
  if (!wrong) return;
  throw new NonFiniteError(
    `probe ${probe}: expected finite nats, got ${wrong.nats}; the model has diverged, use an earlier checkpoint`,
  );
}
