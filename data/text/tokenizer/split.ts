import { R50K_TOKEN_SPLIT_REGEX } from 'gpt-tokenizer/encodingParams/constants';
import type { Work } from '../work.js';
import { assertWellFormed, isAscii, toByteString } from './utf8.js';

/** Longer words (no text has them, only data such as base64) are not counted when a vocabulary is chosen. */
const LONGEST_COUNTED = 64;

/** A word as a byte string and how often it occurs. */
export interface WordCount {
  readonly word: string;
  readonly count: number;
}

/** Words that are counted, at most; what a text has beyond them is rare in it. */
const MOST_WORDS = 1 << 18;
/** Characters that are split and encoded at once, so few that it takes milliseconds, and how many they may become. */
const PIECE_LENGTH = 1 << 16;
const LONGEST_PIECE = 2 * PIECE_LENGTH;

/** Whether a UTF-16 unit is the second of a character. */
const isSecondHalf = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/**
 * A text in pieces that are encoded one by one as the whole is: a word has white space at most before it, and no sign
 * behind a letter, so a place before either is between two words. Data that is no language may have no such place for
 * long: then a word ends all the same. A piece is not cut again.
 */
export function* textPieces(text: string, length = PIECE_LENGTH): Generator<string> {
  const place = /(?<=\S)(?=\s)|(?<=\p{L})(?=[^\s\p{L}\p{N}])/gu;
  // The search begins at the first half of a character, so one step further than 1 gets on in any case.
  const step = Math.max(2, length);
  let from = 0;
  while (text.length - from > step) {
    place.lastIndex = step;
    const end = from + (place.exec(text.slice(from, from + LONGEST_PIECE))?.index ?? LONGEST_PIECE);
    const cut = isSecondHalf(text.charCodeAt(end)) ? end + 1 : end;
    if (cut >= text.length) break;
    yield text.slice(from, cut);
    from = cut;
  }
  yield text.slice(from);
}

/** The pattern of words for text of ASCII alone, in which classes of Unicode are few characters: twice as fast. */
const ASCII_WORDS = new RegExp(
  R50K_TOKEN_SPLIT_REGEX.source
    .replace('[^\\s\\p{L}\\p{N}]', '[^\\sa-zA-Z0-9]')
    .replace('\\p{L}', '[a-zA-Z]')
    .replace('\\p{N}', '[0-9]'),
  'g',
);

/** The words of a text in GPT-2's sense: a run of letters, digits or signs with the space before it. */
export function splitWords(text: string): readonly string[] {
  return text.match(isAscii(text) ? ASCII_WORDS : R50K_TOKEN_SPLIT_REGEX) ?? [];
}

/** The `most` that occur most often, in their order; of equals those that came first. */
function* mostFrequent(counts: ReadonlyMap<string, number>, most: number): Work<Map<string, number>> {
  const wordsWith = new Map<number, number>();
  for (const [word, count] of counts) {
    wordsWith.set(count, (wordsWith.get(count) ?? 0) + 1);
    yield word.length;
  }
  let [left, least] = [most, Infinity];
  for (const [count, words] of [...wordsWith].sort(([a], [b]) => b - a)) {
    least = count;
    if (words >= left) break;
    left -= words;
  }
  const kept = new Map<string, number>();
  for (const [word, count] of counts) {
    if (count > least || (count === least && left-- > 0)) kept.set(word, count);
    yield word.length;
  }
  return kept;
}

/**
 * How often each word occurs in the texts, by first appearance.
 *
 * Beyond `most` words only the most frequent are kept; while counting, at most four times as many, so that logs or
 * tables, where hardly a word comes twice, need no more memory than stories. The result depends on the texts alone.
 */
export function* countWords(texts: Iterable<string>, most = MOST_WORDS): Work<WordCount[]> {
  let counts = new Map<string, number>();
  for (const text of texts) {
    let at = 0;
    for (const piece of textPieces(text)) {
      assertWellFormed(piece, 'tokenizer training text', at);
      at += piece.length;
      for (const word of splitWords(piece)) {
        if (word.length <= LONGEST_COUNTED) counts.set(word, (counts.get(word) ?? 0) + 1);
      }
      if (counts.size > 4 * most) counts = yield* mostFrequent(counts, 2 * most);
      yield Buffer.byteLength(piece);
    }
  }
  const short = new Map<string, number>();
  for (const [word, count] of counts) {
    const bytes = toByteString(word);
    if (bytes.length <= LONGEST_COUNTED) short.set(bytes, count);
    yield bytes.length;
  }
  const kept = short.size > most ? yield* mostFrequent(short, most) : short;
  return Array.from(kept, ([word, count]) => ({ word, count }));
}
