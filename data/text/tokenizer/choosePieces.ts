import pieceRanks from 'gpt-tokenizer/bpeRanks/r50k_base';
import { BYTE_COUNT } from './pieceTable.js';
import type { Work } from '../work.js';
import { PieceTrie } from './pieceTrie.js';
import type { WordCount } from './split.js';
import { toByteString } from './utf8.js';

/** Share of the pieces that survives one round of pruning. */
const KEPT_PER_ROUND = 0.75;

/** Largest number of pieces that can be chosen: all but the single bytes. */
export const PIECE_LIMIT = pieceRanks.length - BYTE_COUNT;

/** The pieces to choose from. */
interface Candidates {
  /** Byte strings of two bytes or more, most general first. */
  readonly pieces: readonly string[];
  readonly trie: PieceTrie;
}

let candidates: Candidates | undefined;

/** All pieces of GPT-2's vocabulary; made at the first use, since a run with a ready tokenizer needs none. */
function gptPieces(): Candidates {
  if (candidates) return candidates;
  const pieces = pieceRanks
    .map((piece) => (typeof piece === 'string' ? toByteString(piece) : String.fromCharCode(...piece)))
    .filter((piece) => piece.length > 1);
  return (candidates = { pieces, trie: new PieceTrie(pieces) });
}

/** The places in one word where a piece fits, so that cuts need no string work. */
interface Lattice {
  readonly size: number;
  readonly count: number;
  /** Pairs of length and piece, one after the other; those of each start stand together, in rising length. */
  readonly edges: Int32Array;
  /** Where the pairs of each start begin in `edges`, and at last its size. */
  readonly from: Int32Array;
}

function latticeOf(word: string, count: number): Lattice {
  const { trie } = gptPieces();
  const edges: number[] = [];
  const from = new Int32Array(word.length + 1);
  for (let start = 0; start < word.length; start++) {
    let node: number | undefined = trie.root;
    for (let end = start; end < word.length;) {
      node = trie.child(node, word.charCodeAt(end++));
      if (node === undefined) break;
      const piece = trie.pieceAt(node);
      if (piece >= 0) edges.push(end - start, piece);
    }
    from[start + 1] = edges.length;
  }
  return { size: word.length, count, edges: Int32Array.from(edges), from };
}

/** Fewest parts of a word with the pieces that are alive; `onPiece` is told each piece of that cut. */
function cut(
  { size, edges, from }: Lattice,
  alive: (piece: number) => boolean,
  onPiece: (piece: number) => void,
): number {
  const cost = new Int32Array(size + 1);
  /** Where the chosen pair of each start is; -1 for a single byte. */
  const chosen = new Int32Array(size).fill(-1);
  for (let start = size - 1; start >= 0; start--) {
    let best = 1 + (cost[start + 1] ?? 0);
    for (let at = from[start] ?? 0; at < (from[start + 1] ?? 0); at += 2) {
      const total = 1 + (cost[start + (edges[at] ?? 0)] ?? 0);
      if (total > best || !alive(edges[at + 1] ?? -1)) continue;
      best = total;
      chosen[start] = at;
    }
    cost[start] = best;
  }
  for (let start = 0; start < size;) {
    const at = chosen[start] ?? -1;
    if (at >= 0) onPiece(edges[at + 1] ?? -1);
    start += at < 0 ? 1 : (edges[at] ?? 1);
  }
  return cost[0] ?? 0;
}

/** Pieces still in the running, with what is needed to count and to price them. */
interface Pool {
  readonly words: readonly Lattice[];
  /** Each piece that occurs as a word of its own, to price its absence. */
  readonly own: ReadonlyMap<number, Lattice>;
  alive: Set<number>;
}

function* createPool(words: readonly WordCount[]): Work<Pool> {
  const lattices: Lattice[] = [];
  const found = new Set<number>();
  for (const { word, count } of words) {
    const lattice = latticeOf(word, count);
    const { edges } = lattice;
    for (let at = 1; at < edges.length; at += 2) found.add(edges[at] ?? -1);
    lattices.push(lattice);
    yield word.length;
  }
  const { pieces } = gptPieces();
  const own = new Map<number, Lattice>();
  for (const index of found) {
    const piece = pieces[index] ?? '';
    own.set(index, latticeOf(piece, 0));
    yield piece.length;
  }
  return { words: lattices, own, alive: found };
}

/** How often each piece is used in the shortest cuts of all words. */
function* countUses({ words, alive }: Pool): Work<Float64Array> {
  const uses = new Float64Array(PIECE_LIMIT);
  for (const word of words) {
    cut(
      word,
      (piece) => alive.has(piece),
      (piece) => {
        uses[piece] = (uses[piece] ?? 0) + word.count;
      },
    );
    yield word.size;
  }
  return uses;
}

/** Tokens that the texts would gain if a piece were dropped and its uses cut into the other pieces. */
function gainWithout({ own, alive }: Pool, piece: number, uses: number): number {
  const lattice = own.get(piece);
  if (!lattice || uses === 0) return 0;
  const parts = cut(
    lattice,
    (other) => other !== piece && alive.has(other),
    () => undefined,
  );
  return uses * (parts - 1);
}

function* prune(pool: Pool, count: number): Work<void> {
  const uses = yield* countUses(pool);
  const priced: { readonly piece: number; readonly gain: number }[] = [];
  for (const piece of pool.alive) {
    priced.push({ piece, gain: gainWithout(pool, piece, uses[piece] ?? 0) });
    yield pool.own.get(piece)?.size ?? 0;
  }
  priced.sort((a, b) => b.gain - a.gain || a.piece - b.piece);
  const kept = Math.max(count, Math.floor(priced.length * KEPT_PER_ROUND));
  pool.alive = new Set(priced.slice(0, kept).map(({ piece }) => piece));
}

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
export function* choosePieces(words: readonly WordCount[], count: number): Work<string[]> {
  const pool = yield* createPool(words);
  while (pool.alive.size > count) yield* prune(pool, count);
  const uses = yield* countUses(pool);
  const { pieces } = gptPieces();
  const used = Array.from(pool.alive).filter((piece) => (uses[piece] ?? 0) > 0);
  used.sort((a, b) => (uses[b] ?? 0) - (uses[a] ?? 0) || a - b);
  return used.map((piece) => pieces[piece] ?? '');
}
