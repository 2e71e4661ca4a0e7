/**
 * Encoded stories, one after the other.
 *
 * Story i is `tokens[starts[i]]` up to, not including, `tokens[starts[i + 1]]`; no end-of-text ids are
 * stored. Units: `storyBytes` and `bytes` are UTF-8 bytes of the stories, without any end marker.
 */
export interface TokenSet {
  readonly tokens: Uint16Array | Int32Array;
  /** One more entry than there are stories; the first is 0, the last the number of tokens. */
  readonly starts: Uint32Array;
  readonly storyBytes: Uint32Array;
  readonly bytes: number;
  /** The last story is cut off: its end is no target. */
  readonly isCutOff?: true;
  readonly endOfText: number;
  readonly vocabularySize: number;
}

/** Both splits of a corpus, encoded. */
export interface EncodedSet {
  readonly train: TokenSet;
  readonly validation: TokenSet;
}

/** Number of stories of a set. */
export function storyCount(set: TokenSet): number {
  return set.starts.length - 1;
}

/** The tokens of one story, as a view. */
export function storyTokens(set: TokenSet, story: number): Uint16Array | Int32Array {
  return set.tokens.subarray(set.starts[story], set.starts[story + 1]);
}

/** Number of tokens of one story, without the end of text. */
export function storyLength(set: TokenSet, story: number): number {
  return (set.starts[story + 1] ?? 0) - (set.starts[story] ?? 0);
}

/** The first `count` stories of a set as views; all of them when it has fewer. */
export function takeStories(set: TokenSet, count: number): TokenSet {
  const stories = Math.min(count, storyCount(set));
  const storyBytes = set.storyBytes.subarray(0, stories);
  return {
    ...set,
    tokens: set.tokens.subarray(0, set.starts[stories]),
    starts: set.starts.subarray(0, stories + 1),
    storyBytes,
    bytes: storyBytes.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** Targets that a set scores: its tokens, and the end of each story that is not cut off. */
export function targetCount(set: TokenSet): number {
  return set.tokens.length + storyCount(set) - (set.isCutOff ? 1 : 0);
}

/**
 * The first stories of a set that have no more than `most` tokens together, as views; of a longer first story its
 * beginning, so that something is left.
 *
 * @param bytesOf UTF-8 bytes of one token
 */
export function takeTokens(set: TokenSet, most: number, bytesOf: (id: number) => Uint8Array): TokenSet {
  if (set.tokens.length <= most) return set;
  const beyond = set.starts.findIndex((start) => start > most);
  if (beyond !== 1) return takeStories(set, beyond - 1);
  const tokens = set.tokens.subarray(0, most);
  let bytes = 0;
  for (const id of tokens) bytes += bytesOf(id).length;
  return {
    ...set,
    tokens,
    starts: Uint32Array.of(0, most),
    storyBytes: Uint32Array.of(bytes),
    bytes,
    isCutOff: true,
  };
}
