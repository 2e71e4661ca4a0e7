import { choosePieces, PIECE_LIMIT } from './choosePieces.js';
import { compactFromJson, CompactTokenizer, NEWEST } from './compactTokenizer.js';
import type { TokenizerKind } from './contract.js';
import { checkVocabularySize, FIRST_PIECE } from './pieceTable.js';
import { countWords } from './split.js';

const LARGEST = FIRST_PIECE + PIECE_LIMIT;

/**
 * GPT-2's vocabulary (r50k, from gpt-tokenizer) cut to the pieces that serve the training text best; every
 * word is cut into as few of them as possible, and into bytes where none fits.
 */
export const compact: TokenizerKind = {
  name: 'compact',
  title: "the pieces of GPT-2's vocabulary that keep the training text shortest, bytes for the rest",
  *train(texts, { vocabularySize }) {
    checkVocabularySize(vocabularySize, LARGEST);
    const words = yield* countWords(texts);
    return new CompactTokenizer(yield* choosePieces(words, vocabularySize - FIRST_PIECE), NEWEST);
  },
  fromJSON: compactFromJson,
};
