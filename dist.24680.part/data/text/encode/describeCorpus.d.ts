import type { Corpus, SourceFile } from '../corpus/corpus.js';
import type { EncodedSet } from './tokenSet.js';
/** Counts of one split. */
export interface SplitInfo {
    readonly stories: number;
    /** UTF-8 bytes of the stories, without markers. */
    readonly bytes: number;
    /** Tokens of the stories, without end-of-text ids; when encoded. */
    readonly tokens?: number;
    readonly tokensPerByte?: number;
    readonly longestStoryTokens?: number;
}
/** Counts of a corpus. */
export interface CorpusInfo {
    readonly name: string;
    /** Size of the source, with its markers. */
    readonly sourceBytes: number;
    readonly fingerprint: string;
    readonly files: readonly SourceFile[];
    readonly vocabularySize?: number;
    readonly train: SplitInfo;
    readonly validation: SplitInfo;
    /** What the readers left out, or may have taken otherwise than it was meant. */
    readonly remarks: readonly string[];
}
/** Counts of a corpus, with those of its tokens when its encoded set is given. */
export declare function describeCorpus(corpus: Corpus, set?: EncodedSet): CorpusInfo;
