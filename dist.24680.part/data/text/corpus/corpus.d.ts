import type { EncodedSet } from '../encode/tokenSet.js';
import type { Tokenizer } from '../tokenizer/contract.js';
/** One file of a corpus. */
export interface SourceFile {
    readonly path: string;
    readonly bytes: number;
    readonly sha256: string;
}
/** A corpus that was encoded before, with the tokenizer that did it. */
export interface Prepared {
    readonly tokenizer: Tokenizer;
    readonly set: EncodedSet;
}
/**
 * Stories of one source in two splits.
 *
 * `train` and `validation` can be iterated any number of times; those of text files are read from disk each
 * time, so a corpus larger than memory works. Stories are never empty and have no outer white space.
 */
export interface Corpus {
    readonly name: string;
    readonly train: Iterable<string>;
    readonly validation: Iterable<string>;
    /**
     * What `validation` is of a source without validation stories of its own: a part held out of it, or the whole of
     * it, with `train` empty. Absent where the source has its own.
     */
    readonly part?: 'held out' | 'whole';
    /** Size of the source in bytes, with its markers; of generated stories their UTF-8 bytes. */
    readonly bytes: number;
    /** SHA-256 over the source and the way it is split, as hex: equal exactly when the stories are. */
    readonly fingerprint: string;
    /** The files it is read from; none for generated stories. */
    readonly files: readonly SourceFile[];
    readonly prepared?: Prepared;
    /** What its readers left out or may have taken otherwise than it was meant; whole after a pass over the stories. */
    readonly remarks?: () => readonly string[];
}
