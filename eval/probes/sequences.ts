import { storyCount, storyLength, storyTokens, type TokenSet } from '../../data/index.js';
import { DataError } from '../../src/core/errors.js';
import type { ProbeSubject } from '../contract.js';

/** A set of these token sequences, in the vocabulary of another; it knows no bytes. */
export function tokenSetOf(sequences: readonly ArrayLike<number>[], like: TokenSet): TokenSet {
  const starts = new Uint32Array(sequences.length + 1);
  for (const [i, { length }] of sequences.entries()) starts[i + 1] = (starts[i] ?? 0) + length;
  const tokens = new Int32Array(starts[sequences.length] ?? 0);
  for (const [i, sequence] of sequences.entries()) tokens.set(Array.from(sequence), starts[i]);
  return { ...like, tokens, starts, storyBytes: new Uint32Array(sequences.length), bytes: 0 };
}

/** The stories of at least so many tokens. */
export function storiesOf(set: TokenSet, tokens: number): number[] {
  const stories = Array.from({ length: storyCount(set) }, (_, story) => story);
  return stories.filter((story) => storyLength(set, story) >= tokens);
}

/** The first tokens of a story. */
export function openingOf(set: TokenSet, story: number, tokens: number): Int32Array {
  return Int32Array.from(storyTokens(set, story).subarray(0, tokens));
}

/** What a probe needs of the stories. */
interface ReachOptions {
  readonly probe: string;
  /** The most tokens it can use. */
  readonly most: number;
  /** The fewest tokens it makes sense with. */
  readonly fewest: number;
  /** The fewest stories it makes sense with. */
  readonly stories: number;
}

/**
 * The most tokens that enough stories have: `most`, half of it, a quarter of it and so on.
 *
 * @throws DataError when too few stories have even the fewest tokens.
 */
export function reachOf(set: TokenSet, { probe, most, fewest, stories }: ReachOptions): number {
  for (let tokens = most; tokens >= fewest; tokens = Math.floor(tokens / 2)) {
    if (storiesOf(set, tokens).length >= stories) return tokens;
  }
  const found = most < fewest ? `rows of ${most}` : `${storiesOf(set, fewest).length}`;
  throw new DataError(
    `probe ${probe}: expected at least ${stories} validation stories of at least ${fewest} tokens, got ${found}; name more or longer stories with --data`,
  );
}

/** Passage lengths that fit a row twice: powers of two from 8, and the longest. */
export function passageLengths(row: number): number[] {
  const longest = Math.floor((row - 1) / 2);
  const powers = Array.from({ length: 32 }, (_, i) => 2 ** (i + 3)).filter((length) => length < longest);
  return longest < 8 ? [] : [...powers.filter((length) => length * 1.5 <= longest), longest];
}

/** The subject as a part of a probe sees it: its progress goes from `from` to `to`. */
export function phase(subject: ProbeSubject, from: number, to: number): ProbeSubject {
  const { onProgress } = subject;
  if (!onProgress) return subject;
  return { ...subject, onProgress: (part) => onProgress(from + (to - from) * part) };
}
