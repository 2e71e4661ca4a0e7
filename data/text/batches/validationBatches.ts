import { type Batch, fillPairs } from './batch.js';
import { storyCount, storyLength, type TokenSet } from '../encode/tokenSet.js';
import { checkShape, type BatchShape } from './batchCursor.js';

/** A batch that says for each place which story it belongs to and where in it. */
export interface ValidationBatch extends Batch {
  /** Index of the story in the set; -1 for padding. */
  readonly stories: Int32Array;
  /** Place of the target in its story from 0; -1 for padding. */
  readonly positions: Int32Array;
}

/** A run of pairs of one story of which the first `context` are not scored. */
interface Window {
  readonly story: number;
  readonly offset: number;
  readonly count: number;
  readonly context: number;
}

/**
 * Cuts a story into windows of at most `length` pairs in which every pair is scored once.
 *
 * A story that fits is one window. A longer one overlaps: every window is full, and a scored pair that is not
 * in the first has at least half a window of context before it.
 */
function windowsOf(set: TokenSet, story: number, length: number): Window[] {
  const pairs = storyLength(set, story) + (set.isCutOff && story === storyCount(set) - 1 ? 0 : 1);
  if (pairs <= length) return [{ story, offset: 0, count: pairs, context: 0 }];
  const windows = [{ story, offset: 0, count: length, context: 0 }];
  const stride = length - Math.floor(length / 2);
  for (let scored = length; scored < pairs;) {
    const end = Math.min(pairs, scored + stride);
    windows.push({ story, offset: end - length, count: length, context: length - (end - scored) });
    scored = end;
  }
  return windows;
}

/** Packs windows into rows, longest first into the fullest row with room (best fit decreasing). */
function packRows(windows: readonly Window[], length: number): Window[][] {
  const sorted = [...windows].sort((a, b) => b.count - a.count || a.story - b.story || a.offset - b.offset);
  const rows: Window[][] = [];
  const byRoom = Array.from({ length: length + 1 }, (): Window[][] => []);
  for (const window of sorted) {
    const room = byRoom.findIndex((open, free) => free >= window.count && open.length > 0);
    const row = byRoom[room]?.pop() ?? [];
    if (row.length === 0) rows.push(row);
    row.push(window);
    byRoom[(room < 0 ? length : room) - window.count]?.push(row);
  }
  return rows;
}

function emptyBatch(set: TokenSet, { batchSize, sequenceLength }: BatchShape): ValidationBatch {
  const size = batchSize * sequenceLength;
  return {
    batchSize,
    sequenceLength,
    inputs: new Int32Array(size).fill(set.endOfText),
    targets: new Int32Array(size).fill(set.endOfText),
    lossMask: new Float32Array(size),
    documents: new Int32Array(size),
    stories: new Int32Array(size).fill(-1),
    positions: new Int32Array(size).fill(-1),
  };
}

function fillRow(set: TokenSet, batch: ValidationBatch, row: readonly Window[], begin: number): void {
  let at = begin;
  row.forEach((window, document) => {
    const { story, offset, count, context } = window;
    fillPairs(set, batch, { story, offset, count, at, document });
    batch.lossMask.fill(1, at + context, at + count);
    batch.stories.fill(story, at, at + count);
    for (let i = 0; i < count; i++) batch.positions[at + i] = offset + i;
    at += count;
  });
  batch.documents.fill(row.length, at, begin + batch.sequenceLength);
}

/**
 * Batches that score every target of a set exactly once, each story from its own start.
 *
 *   bits per byte = sum(lossMask * nats) / ln 2 / set.bytes
 *
 * The loss mask is 1 on the targets that count and 0 on padding and on overlapping context; its sum is
 * tokens + stories (each story's end of text counts, but that of a story that is cut off). A story of more than `sequenceLength` - 1 tokens is cut into
 * overlapping windows in which each target sees at least `sequenceLength` / 2 (rounded down) places of context; what
 * lies before the window is lost to the model. Short stories share rows, as different documents. All batches
 * have the same size; the last rows may be padding, with loss mask 0 and their own document id.
 *
 * @throws ConfigError for a wrong size.
 */
export function* validationBatches(set: TokenSet, shape: BatchShape): Generator<ValidationBatch> {
  checkShape('batches', shape);
  const stories = Array.from({ length: storyCount(set) }, (_, story) => story);
  const windows = stories.flatMap((story) => windowsOf(set, story, shape.sequenceLength));
  const rows = packRows(windows, shape.sequenceLength);
  for (let first = 0; first < rows.length; first += shape.batchSize) {
    const batch = emptyBatch(set, shape);
    rows
      .slice(first, first + shape.batchSize)
      .forEach((row, r) => fillRow(set, batch, row, r * shape.sequenceLength));
    yield batch;
  }
}
