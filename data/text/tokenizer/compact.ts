import { DataError } from '../../../src/core/errors.js';
import { choosePieces, PIECE_LIMIT } from './choosePieces.js';
import type { Tokenizer, TokenizerJson, TokenizerKind } from './contract.js';
import { checkVocabularySize, END_OF_TEXT, FIRST_PIECE, PieceTable } from './pieceTable.js';
import { PieceTrie } from './pieceTrie.js';
import { countWords, splitWords, textPieces } from './split.js';
import { assertWellFormed, toByteString } from './utf8.js';

/**
 * The ids of the shortest cut of a byte string into pieces and single bytes.
 *
 *   cost(n) = 0,  cost(i) = 1 + min over parts p at i of cost(i + |p|)
 *
 * Single bytes are always parts, so there is always a cut. Of equally short cuts the one with the longer
 * first part wins. Time is linear in the length of `word`, times that of the longest piece at worst.
 */
function shortestCut(word: string, pieces: PieceTrie): number[] {
  const size = word.length;
  const cost = new Int32Array(size + 1);
  const lengths = new Int32Array(size);
  const ids = new Int32Array(size);
  for (let start = size - 1; start >= 0; start--) {
    let best = 1 + (cost[start + 1] ?? 0);
    let [length, id] = [1, word.charCodeAt(start)];
    let node: number | undefined = pieces.root;
    for (let end = start; end < size;) {
      node = pieces.child(node, word.charCodeAt(end++));
      if (node === undefined) break;
      const piece = pieces.pieceAt(node);
      const total = 1 + (cost[end] ?? 0);
      if (piece < 0 || total > best) continue;
      [best, length, id] = [total, end - start, FIRST_PIECE + piece];
    }
    cost[start] = best;
    lengths[start] = length;
    ids[start] = id;
  }
  const chosen: number[] = [];
  for (let start = 0; start < size; start += lengths[start] ?? 1) chosen.push(ids[start] ?? 0);
  return chosen;
}

const VERSION = 1;
const LARGEST = FIRST_PIECE + PIECE_LIMIT;
/** Words remembered with their ids; a text repeats few words often, so forgetting all at once is cheap. */
const CACHED_WORDS = 1 << 16;
const LONGEST_CACHED = 64;

class CompactTokenizer implements Tokenizer {
  readonly name = 'compact';
  readonly endOfText = END_OF_TEXT;
  readonly vocabularySize: number;
  private readonly table: PieceTable;
  private readonly trie: PieceTrie;
  private readonly cache = new Map<string, readonly number[]>();

  constructor(private readonly pieces: readonly string[]) {
    this.table = new PieceTable(pieces);
    this.vocabularySize = this.table.size;
    this.trie = new PieceTrie(pieces);
  }

  encode(text: string): number[] {
    assertWellFormed(text, 'encode');
    const ids: number[] = [];
    for (const piece of textPieces(text)) {
      for (const word of splitWords(piece)) for (const id of this.encodeWord(word)) ids.push(id);
    }
    return ids;
  }

  private encodeWord(word: string): readonly number[] {
    const known = this.cache.get(word);
    if (known) return known;
    const ids = shortestCut(toByteString(word), this.trie);
    if (this.cache.size >= CACHED_WORDS) this.cache.clear();
    if (word.length <= LONGEST_CACHED) this.cache.set(word, ids);
    return ids;
  }

  decode(ids: ArrayLike<number>): string {
    return this.table.decode(ids);
  }

  bytesOf(id: number): Uint8Array {
    return this.table.bytesOf(id);
  }

  toJSON(): TokenizerJson {
    return { name: this.name, version: VERSION, pieces: this.pieces };
  }
}

function isPiece(value: unknown): value is string {
  return typeof value === 'string' && /^[\u0000-\u00ff]{2,}$/.test(value);
}

function readPieces({ version, pieces }: TokenizerJson): string[] {
  if (version !== VERSION) {
    throw new DataError(
      `tokenizer.version: expected ${VERSION}, got ${version}; it was written by another release`,
    );
  }
  if (!Array.isArray(pieces) || !pieces.every(isPiece)) {
    throw new DataError(
      'tokenizer.pieces: expected a list of byte strings of two bytes or more, got something else; ' +
        'the file is damaged',
    );
  }
  if (new Set(pieces).size === pieces.length) return pieces;
  throw new DataError(
    'tokenizer.pieces: expected distinct pieces, got one of them twice; the file is damaged',
  );
}

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
    return new CompactTokenizer(yield* choosePieces(words, vocabularySize - FIRST_PIECE));
  },
  fromJSON(json) {
    return new CompactTokenizer(readPieces(json));
  },
};
