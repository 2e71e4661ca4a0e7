import type { Corpus } from '../corpus/corpus.js';
import type { Tokenizer } from '../tokenizer/contract.js';
import { type EncodeOptions } from './encodeCorpus.js';
/** Whether a folder holds a prepared set. */
export declare function isPreparedFolder(folder: string): boolean;
/**
 * The corpus of a prepared set; its stories are decoded as they are asked for.
 *
 * @throws DataError when a part is missing or damaged.
 */
export declare function loadPrepared(folder: string): Promise<Corpus>;
/**
 * Encodes a corpus and keeps tokens and tokenizer in a new folder that `loadCorpus` reads.
 *
 * The folder appears whole or not at all.
 *
 * @throws DataError when the folder is there already or cannot be written.
 */
export declare function prepareCorpus(corpus: Corpus, tokenizer: Tokenizer, folder: string, options?: EncodeOptions): Promise<Corpus>;
