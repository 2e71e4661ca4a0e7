import type { Tokenizer } from '../tokenizer/contract.js';
import type { TokenSet } from './tokenSet.js';
/** Collects encoded stories into one set. */
export declare class TokenSetBuilder {
    private readonly tokenizer;
    private readonly tokens;
    private readonly starts;
    private readonly storyBytes;
    private size;
    constructor(tokenizer: Tokenizer);
    /** UTF-8 bytes of the stories so far. */
    get bytes(): number;
    /** Number of stories so far. */
    get stories(): number;
    /** Encodes one story behind those already there. */
    add(story: string): void;
    /** The set so far. */
    build(): TokenSet;
}
/** Encodes stories in memory. */
export declare function encodeStories(stories: Iterable<string>, tokenizer: Tokenizer): TokenSet;
