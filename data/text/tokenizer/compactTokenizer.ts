import { DataError } from '../../../src/core/errors.js';
import type { Tokenizer, TokenizerJson, UnigramForm } from './contract.js';
import { END_OF_TEXT, FIRST_PIECE, PieceTable } from './pieceTable.js';
import { PieceTrie } from './pieceTrie.js';
import { splitWords, textPieces } from './split.js';
import { assertWellFormed, toByteString } from './utf8.js';

/**
 * The ids of the shortest cut of a byte string into pieces and single bytes.
 *
 *   cost(0) = 0,  cost(i) = 1 + min over parts p that end at i of cost(i - |p|)
 *
 * Single bytes are always parts, so there is always a cut. Of equally short cuts the one with the longer last part
 * wins, as in a unigram model whose pieces have equal scores. Time is linear in the length of `word`, times that of the
 * longest piece at worst.
 */
function shortestCut(word: string, pieces: PieceTrie): number[] {
  const size = word.length;
  const cost = new Int32Array(size + 1).fill(size + 1, 1);
  const lengths = new Int32Array(size + 1);
  const ids = new Int32Array(size + 1);
  for (let start = 0; start < size; start++) {
    const total = 1 + (cost[start] ?? 0);
    const reach = (end: number, id: number): void => {
      if (total >= (cost[end] ?? 0)) return; // of equals the first, which is the longer, stays
      cost[end] = total;
      lengths[end] = end - start;
      ids[end] = id;
    };
    reach(start + 1, word.charCodeAt(start));
    let node: number | undefined = pieces.root;
    for (let end = start; end < size;) {
      node = pieces.child(node, word.charCodeAt(end++));
      if (node === undefined) break;
      const piece = pieces.pieceAt(node);
      if (piece >= 0) reach(end, FIRST_PIECE + piece);
    }
  }
  const chosen: number[] = [];
  for (let end = size; end > 0; end -= lengths[end] ?? 1) chosen.push(ids[end] ?? 0);
  return chosen.reverse();
}

const reversed = (byteString: string): string => Array.from(byteString).reverse().join('');

/** In version 1 the longer first part won among equally short cuts: the cut of version 2 of all that is written backwards. */
const VERSIONS = [1, 2] as const;
type Version = (typeof VERSIONS)[number];
export const NEWEST = 2;
/** Words remembered with their ids; a text repeats few words often, so forgetting all at once is cheap. */
const CACHED_WORDS = 1 << 16;
const LONGEST_CACHED = 64;

/** Cuts every word into as few pieces as possible; made without what training needs, which is large. */
export class CompactTokenizer implements Tokenizer {
  readonly name = 'compact';
  readonly endOfText = END_OF_TEXT;
  readonly vocabularySize: number;
  private readonly table: PieceTable;
  private readonly trie: PieceTrie;
  private readonly cache = new Map<string, readonly number[]>();

  constructor(
    private readonly pieces: readonly string[],
    private readonly version: Version,
  ) {
    this.table = new PieceTable(pieces);
    this.vocabularySize = this.table.size;
    this.trie = new PieceTrie(version === 1 ? pieces.map(reversed) : pieces);
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
    const bytes = toByteString(word);
    const ids =
      this.version === 1 ? shortestCut(reversed(bytes), this.trie).reverse() : shortestCut(bytes, this.trie);
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
    return { name: this.name, version: this.version, pieces: this.pieces };
  }

  get unigram(): UnigramForm {
    if (this.version === NEWEST) return { pieces: this.pieces };
    return {
      refused: `among equally short cuts tokenizer '${this.name}' of version ${this.version} prefers another one than tokenizer.json can; train anew for a tokenizer of version ${NEWEST}`,
    };
  }
}

function isPiece(value: unknown): value is string {
  return typeof value === 'string' && /^[\u0000-\u00ff]{2,}$/.test(value);
}

function readVersion({ version }: TokenizerJson): Version {
  const known = VERSIONS.find((one) => one === version);
  if (known !== undefined) return known;
  throw new DataError(
    `tokenizer.version: expected ${VERSIONS.join(' or ')}, got ${version}; it was written by another release`,
  );
}

function readPieces({ pieces }: TokenizerJson): string[] {
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

/** @throws DataError when a field is missing or wrong. */
export function compactFromJson(json: TokenizerJson): CompactTokenizer {
  return new CompactTokenizer(readPieces(json), readVersion(json));
}
