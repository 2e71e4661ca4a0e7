/** A word as a byte string and how often it occurs. */
export interface WordCount {
    readonly word: string;
    readonly count: number;
}
/**
 * A text in pieces that are encoded one by one as the whole is: a word has white space at most before it, and no sign
 * behind a letter, so a place before either is between two words.
 */
export declare function textPieces(text: string, length?: number): Generator<string>;
/** The words of a text in GPT-2's sense: a run of letters, digits or signs with the space before it. */
export declare function splitWords(text: string): readonly string[];
/**
 * How often each word occurs in the texts, by first appearance.
 *
 * Beyond `most` words only the most frequent are kept; while counting, at most four times as many, so that logs or
 * tables, where hardly a word comes twice, need no more memory than stories. The result depends on the texts alone.
 */
export declare function countWords(texts: Iterable<string>, most?: number): WordCount[];
