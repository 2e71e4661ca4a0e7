import { z } from 'zod';
import { DataError } from '../../../src/core/errors.js';
import { Rng } from '../../../src/core/rng.js';
import { optionsCheck } from '../../../src/core/options.js';
import { count } from '../../../src/core/schema.js';
import { type Batch, fillPairs } from './batch.js';
import { storyCount, storyLength, type TokenSet } from '../encode/tokenSet.js';

/** Size of the batches. */
export interface BatchShape {
  readonly batchSize: number;
  /** Tokens per row. */
  readonly sequenceLength: number;
}

/** Size of the batches and the seed of the order. */
export interface CursorOptions extends BatchShape {
  readonly seed: number;
}

/** Where a cursor stands, as JSON. */
export interface CursorState {
  readonly seed: number;
  readonly epoch: number;
  /** Documents of this epoch already begun and finished. */
  readonly document: number;
  /** Pairs of the current document already given. */
  readonly offset: number;
  /** Stories and tokens of the set, to notice another set. */
  readonly stories: number;
  readonly tokens: number;
}

const shapeFields = { batchSize: count, sequenceLength: count };

/** Checks the size of batches. */
export const checkShape = optionsCheck<BatchShape>(shapeFields);

const checkCursor = optionsCheck<CursorOptions>({ ...shapeFields, seed: z.int() });

/**
 * An endless stream of training batches over a set, shuffled by story in every epoch.
 *
 * A story is the document of pairs (endOfText, t1), (t1, t2), ..., (tn, endOfText). The documents of an epoch
 * follow each other in a random order that depends on (seed, epoch) only, epochs follow each other without a
 * gap, and the stream is cut into rows. So every pair is given once an epoch, the whole loss mask is 1 and nothing
 * is padded. A document cut by the end of a row goes on in the next row, where its state starts empty.
 * `documents` counts from 0 in each row.
 */
export class BatchCursor {
  private readonly shape: BatchShape;
  private readonly seed: number;
  private order: Uint32Array;
  private epoch = 0;
  private document = 0;
  private offset = 0;

  /**
   * @throws ConfigError for a wrong size or seed; DataError for a set without stories.
   */
  constructor(
    private readonly set: TokenSet,
    options: CursorOptions,
  ) {
    checkCursor('batches', options);
    this.shape = { batchSize: options.batchSize, sequenceLength: options.sequenceLength };
    this.seed = options.seed;
    if (storyCount(set) === 0) {
      throw new DataError('batches: expected at least one story, got an empty set; choose other data');
    }
    this.order = this.shuffled();
  }

  /**
   * The cursor that goes on exactly where the one that gave `state` stood; the batch size may differ.
   *
   * @throws DataError when the state belongs to another set or is damaged.
   */
  static fromState(set: TokenSet, shape: BatchShape, state: CursorState): BatchCursor {
    const cursor = new BatchCursor(set, { ...shape, seed: state.seed });
    cursor.restore(state);
    return cursor;
  }

  /** Where the cursor stands; JSON. */
  get state(): CursorState {
    const { seed, epoch, document, offset, set } = this;
    return { seed, epoch, document, offset, stories: storyCount(set), tokens: set.tokens.length };
  }

  /** The next batch; the arrays are new at every call. */
  next(): Batch {
    const { batchSize, sequenceLength } = this.shape;
    const size = batchSize * sequenceLength;
    const batch = {
      ...this.shape,
      inputs: new Int32Array(size),
      targets: new Int32Array(size),
      lossMask: new Float32Array(size).fill(1),
      documents: new Int32Array(size),
    };
    for (let row = 0; row < batchSize; row++) this.fillRow(batch, row * sequenceLength);
    return batch;
  }

  private fillRow(batch: Batch, begin: number): void {
    const end = begin + batch.sequenceLength;
    for (let at = begin, document = 0; at < end; document++) {
      const story = this.order[this.document] ?? 0;
      const pairs = storyLength(this.set, story) + 1;
      const count = Math.min(end - at, pairs - this.offset);
      fillPairs(this.set, batch, { story, offset: this.offset, count, at, document });
      at += count;
      this.offset += count;
      if (this.offset === pairs) this.nextDocument();
    }
  }

  private nextDocument(): void {
    this.offset = 0;
    this.document += 1;
    if (this.document < this.order.length) return;
    this.document = 0;
    this.epoch += 1;
    this.order = this.shuffled();
  }

  private shuffled(): Uint32Array {
    const order = Uint32Array.from({ length: storyCount(this.set) }, (_, story) => story);
    return Rng.fromSeed(this.seed).derive('epoch', this.epoch).shuffle(order);
  }

  private restore(state: CursorState): void {
    const { stories, tokens } = this.state;
    if (state.stories !== stories || state.tokens !== tokens) {
      throw new DataError(
        `cursor: expected the set it was saved with (${state.stories} stories, ${state.tokens} tokens), ` +
          `got ${stories} stories, ${tokens} tokens; resume with the same data and tokenizer`,
      );
    }
    const { epoch, document, offset } = state;
    const whole = [epoch, document, offset].every((value) => Number.isInteger(value) && value >= 0);
    if (!whole || document >= stories || offset > this.pairsAfter(epoch, document)) {
      throw new DataError(
        `cursor: expected a position inside the set, got epoch ${epoch}, document ${document}, ` +
          `offset ${offset}; the state is damaged`,
      );
    }
    this.document = state.document;
    this.offset = state.offset;
  }

  /** Enters an epoch; gives the last offset inside one of its documents. */
  private pairsAfter(epoch: number, document: number): number {
    this.epoch = epoch;
    this.order = this.shuffled();
    return storyLength(this.set, this.order[document] ?? 0);
  }
}
