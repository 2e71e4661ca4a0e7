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
    readonly endOfText: number;
    readonly vocabularySize: number;
}
/** Both splits of a corpus, encoded. */
export interface EncodedSet {
    readonly train: TokenSet;
    readonly validation: TokenSet;
}
/** Number of stories of a set. */
export declare function storyCount(set: TokenSet): number;
/** The tokens of one story, as a view. */
export declare function storyTokens(set: TokenSet, story: number): Uint16Array | Int32Array;
/** Number of tokens of one story, without the end of text. */
export declare function storyLength(set: TokenSet, story: number): number;
/** The first `count` stories of a set as views; all of them when it has fewer. */
export declare function takeStories(set: TokenSet, count: number): TokenSet;
