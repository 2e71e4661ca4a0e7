import type { Corpus } from '../corpus/corpus.js';
import type { Tokenizer, TokenizerOptions } from '../tokenizer/contract.js';
/**
 * The tokenizer of this kind for a corpus: trained on its training stories, or that of a prepared set when it
 * is of the same kind and fits in the vocabulary asked for.
 *
 * @throws ConfigError for an unknown kind or a wrong vocabulary size; DataError when the text cannot be read.
 */
export declare function tokenizerFor(corpus: Corpus, name: string, options: TokenizerOptions): Tokenizer;
