import type { Corpus } from '../corpus/corpus.js';
import type { Split } from '../corpus/toy.js';
import type { Tokenizer } from '../tokenizer/contract.js';
import type { EncodedSet } from './tokenSet.js';
/** What happens while a corpus is encoded. */
export type EncodeEvent = 
/** What the reader of a file left out, or may have taken otherwise than it was meant. */
{
    readonly type: 'remark';
    readonly text: string;
} | {
    readonly type: 'progress';
    readonly split: Split;
    readonly stories: number;
    readonly bytes: number;
}
/** The cache held the tokens; nothing was encoded. */
 | {
    readonly type: 'cacheHit';
    readonly path: string;
} | {
    readonly type: 'cacheWritten';
    readonly path: string;
}
/** The cache file cannot be trusted; it is encoded again and replaced. */
 | {
    readonly type: 'cacheDamaged';
    readonly path: string;
    readonly reason: string;
}
/** The cache file could not be written; the tokens are good all the same. */
 | {
    readonly type: 'cacheUnwritable';
    readonly path: string;
    readonly reason: string;
};
/** How a corpus is encoded. */
export interface EncodeOptions {
    /** Folder for the token files; without it nothing is kept. */
    readonly cacheDir?: string;
    readonly onEvent?: (event: EncodeEvent) => void;
    readonly signal?: AbortSignal;
}
/** A name for a tokenizer's exact behaviour: SHA-256 of its JSON, as hex. */
export declare function tokenizerHash(tokenizer: Tokenizer): string;
/** A name for the tokens of a corpus under a tokenizer, as hex. */
export declare function encodingKey(corpus: Corpus, tokenizer: Tokenizer): string;
/**
 * Both splits of a corpus as tokens.
 *
 * With `cacheDir` they are kept in a file named after the hash of the source and the tokenizer, and read
 * from there the next time. Before it is used, a file's key, sizes and checksum are verified; one that fails
 * is reported by an event and encoded anew. A prepared set that was made with the same tokenizer is given as
 * it is.
 *
 * @throws DataError when the text cannot be read or a split is empty; the signal's reason when aborted.
 */
export declare function encodeCorpus(corpus: Corpus, tokenizer: Tokenizer, options?: EncodeOptions): Promise<EncodedSet>;
