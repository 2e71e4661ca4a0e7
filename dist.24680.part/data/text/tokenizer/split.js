import { R50K_TOKEN_SPLIT_REGEX } from 'gpt-tokenizer/encodingParams/constants';
import { assertWellFormed, toByteString } from './utf8.js';
/** Longer words (no text has them, only data such as base64) are not counted when a vocabulary is chosen. */
const LONGEST_COUNTED = 64;
/** Words that are counted, at most; what a text has beyond them is rare in it. */
const MOST_WORDS = 1 << 18;
/** Characters that are split at once: lists of a longer text's words would be too long for V8. */
const PIECE_LENGTH = 1 << 20;
/**
 * A text in pieces that are encoded one by one as the whole is: a word has white space at most before it, and no sign
 * behind a letter, so a place before either is between two words.
 */
export function* textPieces(text, length = PIECE_LENGTH) {
    const place = /(?<=\S)(?=\s)|(?<=\p{L})(?=[^\s\p{L}\p{N}])/gu;
    let from = 0;
    // The search begins at the first half of a character, so one step further than 1 gets on in any case.
    const step = Math.max(2, length);
    while (text.length - from > step) {
        place.lastIndex = from + step;
        const found = place.exec(text);
        if (!found)
            break;
        yield text.slice(from, found.index);
        from = found.index;
    }
    yield text.slice(from);
}
/** The words of a text in GPT-2's sense: a run of letters, digits or signs with the space before it. */
export function splitWords(text) {
    return text.match(R50K_TOKEN_SPLIT_REGEX) ?? [];
}
/** The `most` that occur most often, in their order; of equals those that came first. */
function mostFrequent(counts, most) {
    const entries = Array.from(counts, ([word, count], order) => ({ word, count, order }));
    const kept = entries.sort((a, b) => b.count - a.count || a.order - b.order).slice(0, most);
    return new Map(kept.sort((a, b) => a.order - b.order).map(({ word, count }) => [word, count]));
}
/**
 * How often each word occurs in the texts, by first appearance.
 *
 * Beyond `most` words only the most frequent are kept; while counting, at most four times as many, so that logs or
 * tables, where hardly a word comes twice, need no more memory than stories. The result depends on the texts alone.
 */
export function countWords(texts, most = MOST_WORDS) {
    let counts = new Map();
    for (const text of texts) {
        assertWellFormed(text, 'tokenizer training text');
        for (const piece of textPieces(text)) {
            for (const word of splitWords(piece)) {
                if (word.length <= LONGEST_COUNTED)
                    counts.set(word, (counts.get(word) ?? 0) + 1);
            }
            if (counts.size > 4 * most)
                counts = mostFrequent(counts, 2 * most);
        }
    }
    const words = Array.from(counts, ([word, count]) => [toByteString(word), count]);
    const short = new Map(words.filter(([word]) => word.length <= LONGEST_COUNTED));
    const kept = short.size > most ? mostFrequent(short, most) : short;
    return Array.from(kept, ([word, count]) => ({ word, count }));
}
