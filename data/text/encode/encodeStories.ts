import type { Tokenizer } from '../tokenizer/contract.js';
import { textPieces } from '../tokenizer/split.js';
import { finishWork, pause, type Work } from '../work.js';
import type { TokenSet } from './tokenSet.js';
import { DataError } from '../../../src/core/errors.js';

type IntegerArray = Uint16Array | Uint32Array | Int32Array;

/** Offsets into the tokens are 32-bit. */
const MOST_ITEMS = 2 ** 32 - 1;

/** A typed array that doubles its room when it is full. */
class GrowingArray<A extends IntegerArray> {
  private items: A;
  private count = 0;

  constructor(private readonly create: (size: number) => A) {
    this.items = create(1024);
  }

  /** Number of items appended. */
  get length(): number {
    return this.count;
  }

  /**
   * Adds items at the end.
   *
   * @throws DataError beyond 2^32 - 1 items.
   */
  append(values: readonly number[]): void {
    const needed = this.count + values.length;
    if (needed > this.items.length) this.grow(needed);
    this.items.set(values, this.count);
    this.count = needed;
  }

  private grow(needed: number): void {
    if (needed > MOST_ITEMS) {
      throw new DataError(
        `encode: expected at most ${MOST_ITEMS} tokens in one split, got more; use a smaller part of the text`,
      );
    }
    const next = this.create(Math.min(MOST_ITEMS, Math.max(needed, this.items.length * 2)));
    next.set(this.items);
    this.items = next;
  }

  /** The items, as a view; spare room that was never written costs no memory. */
  view(): A {
    // subarray of A is an A; the library types say so only for each kind by itself
    return this.items.subarray(0, this.count) as A;
  }
}

/** The integer array that holds ids of a vocabulary in the least memory. */
function tokenArray(vocabularySize: number): Uint16ArrayConstructor | Int32ArrayConstructor {
  return vocabularySize <= 65536 ? Uint16Array : Int32Array;
}

/** Collects encoded stories into one set. */
class TokenSetBuilder {
  private readonly tokens: GrowingArray<Uint16Array | Int32Array>;
  private readonly starts = new GrowingArray((size) => new Uint32Array(size));
  private readonly storyBytes = new GrowingArray((size) => new Uint32Array(size));
  private size = 0;

  constructor(private readonly tokenizer: Tokenizer) {
    const kind = tokenArray(tokenizer.vocabularySize);
    this.tokens = new GrowingArray<Uint16Array | Int32Array>((size) => new kind(size));
    this.starts.append([0]);
  }

  /** Encodes one story behind those already there. */
  *add(story: string): Work<void> {
    let size = 0;
    for (const piece of textPieces(story)) {
      this.tokens.append(this.tokenizer.encode(piece));
      const bytes = Buffer.byteLength(piece, 'utf8');
      size += bytes;
      yield bytes;
    }
    this.starts.append([this.tokens.length]);
    this.storyBytes.append([size]);
    this.size += size;
  }

  /** The set so far. */
  build(): TokenSet {
    return {
      tokens: this.tokens.view(),
      starts: this.starts.view(),
      storyBytes: this.storyBytes.view(),
      bytes: this.size,
      endOfText: this.tokenizer.endOfText,
      vocabularySize: this.tokenizer.vocabularySize,
    };
  }
}

/** Encodes stories in memory. */
export function* encodingWork(stories: Iterable<string>, tokenizer: Tokenizer): Work<TokenSet> {
  const builder = new TokenSetBuilder(tokenizer);
  for (const story of stories) yield* builder.add(story);
  return builder.build();
}

/** Encodes a few stories in memory, at once. */
export function encodeStories(stories: Iterable<string>, tokenizer: Tokenizer): TokenSet {
  return finishWork(encodingWork(stories, tokenizer));
}

/**
 * The ids that the tokenizer gives a text, in steps between which signals and whoever else waits are heard.
 *
 * @throws DataError for a text that is not well formed; the signal's reason when it is aborted.
 */
export async function encodeText(
  text: string,
  tokenizer: Tokenizer,
  signal?: AbortSignal,
): Promise<number[]> {
  const ids: number[] = [];
  for (const piece of textPieces(text)) {
    if (ids.length > 0) await pause(signal);
    for (const id of tokenizer.encode(piece)) ids.push(id);
  }
  return ids;
}

/**
 * What a model reads before it goes on with a text: the end of text, and the ids of `encodeText`.
 *
 * @throws as `encodeText`.
 */
export async function encodePrompt(
  text: string,
  tokenizer: Tokenizer,
  signal?: AbortSignal,
): Promise<number[]> {
  const ids = await encodeText(text, tokenizer, signal);
  ids.unshift(tokenizer.endOfText);
  return ids;
}
