import { R50K_TOKEN_SPLIT_REGEX } from 'gpt-tokenizer/encodingParams/constants';
import { assertWellFormed, toByteString } from './utf8.js';

/** Longer words (no text has them, only data such as base64) are not counted when a vocabulary is chosen. */
const LONGEST_COUNTED = 64;

/** A word as a byte string and how often it occurs. */
export interface WordCount {
  readonly word: string;
  readonly count: number;
}

/** The words of a text in GPT-2's sense: a run of letters, digits or signs with the space before it. */
export function splitWords(text: string): readonly string[] {
  return text.match(R50K_TOKEN_SPLIT_REGEX) ?? [];
}

/** How often each word occurs in the texts, by first appearance. */
export function countWords(texts: Iterable<string>): WordCount[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    assertWellFormed(text, 'tokenizer training text');
    for (const word of splitWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const words = Array.from(counts, ([word, count]) => ({ word: toByteString(word), count }));
  return words.filter(({ word }) => word.length <= LONGEST_COUNTED);
}
