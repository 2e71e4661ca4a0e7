import type { WordCount } from './split.js';
/** Largest number of pieces that can be chosen: all but the single bytes. */
export declare const PIECE_LIMIT: number;
/**
 * The `count` pieces of GPT-2's vocabulary that keep the words shortest in tokens, most used first.
 *
 * Starts from every piece that occurs in the words and drops, a quarter a round, those whose absence costs
 * the fewest tokens when their uses are cut into the pieces that stay. Pieces that no shortest cut uses are
 * dropped at the end, so fewer may come back. Ties go to GPT-2's own order; the result depends on the word
 * counts only.
 *
 * Source: the pruning is that of Kudo 2018, arXiv:1804.10959, section 3.2, with the number of tokens in the
 * place of the likelihood; deviation: the candidates are the pieces of one existing vocabulary.
 */
export declare function choosePieces(words: readonly WordCount[], count: number): string[];
