import { segmentsOf } from '../core/ops/segments.js';
import { tf, type Tensor } from '../core/tf.js';
import type { Chunks } from './chunks.js';

/**
 * Decay channel by channel inside chunks, as products of factors and never as quotients of running products,
 * so that no factor overflows and a factor may be zero or negative.
 *
 * Tokens j <= i of a chunk meet in exactly one pair of neighbouring blocks of b = 1, 2, 4 .. tokens, i in the
 * right one, j in the left one (or i = j). What is left at i of what was written at j is then
 *
 *   L_ij = a_{j+1} .. a_i = begin_i end_j        begin: from the right block's first token to i, i included
 *                                                end: from after j to the left block's last token
 *
 * Every block size is one matrix product. A restart is a factor of zero.
 */
export interface BlockFactors {
  /** Products within blocks of one size, blocks before channels: `[M C/b,b,X]`. */
  readonly begin: Tensor;
  readonly end: Tensor;
}

/** Factors of chunks `[M,C,X]` for every block size from 1 to C. */
export interface ChannelFactors {
  /** Blocks of 1, 2, .. C/2. */
  readonly blocks: readonly BlockFactors[];
  /** The chunk as one block `[M,C,X]`: from its start, and to its end. */
  readonly whole: BlockFactors;
  /** All of a chunk's factors `[M,X]`. */
  readonly total: Tensor;
}

/** Chunks of a power of two tokens, the least that holds `chunkSize` (or the sequence, if that is shorter). */
export function blockChunks(T: number, chunkSize: number): Chunks {
  const C = 2 ** Math.ceil(Math.log2(Math.min(chunkSize, T)));
  return { T, C, N: Math.ceil(T / C) };
}

/** `[B,H,T,X]` to chunks `[B H N,C,X]`, filled up with `filling`. */
export function intoBlocks(x: Tensor, { T, C, N }: Chunks, filling = 0): Tensor {
  const [B = 0, H = 0, , X = 0] = x.shape;
  const rows = tf.reshape(x, [B * H, T, X]);
  const padding: [number, number][] = [
    [0, 0],
    [0, N * C - T],
    [0, 0],
  ];
  const filled = N * C === T ? rows : tf.pad(rows, padding, filling);
  return tf.reshape(filled, [B * H * N, C, X]);
}

/** Chunks `[B H N,C,X]` back to `[B,H,T,X]`. */
export function fromBlocks(x: Tensor, [B, H]: readonly [number, number], { T, C, N }: Chunks): Tensor {
  const X = x.shape[2] ?? 0;
  const rows = tf.reshape(x, [B * H, N * C, X]);
  const kept = N * C === T ? rows : tf.slice(rows, [0, 0, 0], [B * H, T, X]);
  return tf.reshape(kept, [B, H, T, X]);
}

/** 0 at the first token of each document but the row's first, else 1: documents `[B,T]` to `[B,1,T,1]`. */
export function restartFactors(documents: Tensor): Tensor {
  const [B = 0, T = 0] = documents.shape;
  const segments = segmentsOf(documents);
  const before = tf.concat([tf.zeros([B, 1]), tf.slice(segments, [0, 0], [B, T - 1])], 1);
  return tf.reshape(tf.cast(tf.equal(segments, before), 'float32'), [B, 1, T, 1]);
}

/** The products of factors `[M,C,X]`, C a power of two, within blocks of every size. */
export function channelFactors(factors: Tensor): ChannelFactors {
  const [M = 0, C = 0, X = 0] = factors.shape;
  const single = tf.reshape(factors, [M * C, 1, X]);
  const blocks: BlockFactors[] = [{ begin: single, end: tf.onesLike(single) }];
  for (let size = 1; size < C; size *= 2) blocks.push(merged(blocks.at(-1) as BlockFactors)); // starts with one
  const whole = blocks.pop() as BlockFactors; // the same
  return { blocks, whole, total: tf.reshape(lastOf(whole.begin), [M, X]) };
}

/** Neighbouring blocks made one: each half also takes the other's total. */
function merged({ begin, end }: BlockFactors): BlockFactors {
  const [left, right] = halves(begin);
  const [leftEnd, rightEnd] = halves(end);
  return {
    begin: tf.concat([left, tf.mul(right, lastOf(left))], 1),
    end: tf.concat([tf.mul(leftEnd, lastOf(right)), rightEnd], 1),
  };
}

/** Blocks `[2 M,b,X]` as left and right ones `[M,b,X]`. */
function halves(blocks: Tensor): readonly [Tensor, Tensor] {
  const [count = 0, size = 0, X = 0] = blocks.shape;
  const pairs = tf.reshape(blocks, [count / 2, 2 * size, X]);
  return [
    tf.slice(pairs, [0, 0, 0], [count / 2, size, X]),
    tf.slice(pairs, [0, size, 0], [count / 2, size, X]),
  ];
}

/** The last token of each block `[M,b,X]`: `[M,1,X]`. */
function lastOf(block: Tensor): Tensor {
  const [count = 0, size = 0, X = 0] = block.shape;
  return tf.slice(block, [0, size - 1, 0], [count, 1, X]);
}

/**
 * Scores of tokens with those before them, each channel decayed.
 *
 *   s_ij = sum_x a_ix b_jx L_ijx        j <= i, else 0
 *
 * Shapes: a, b `[M,C,X]` -> `[M,C,C]`.
 */
export function decayedScores(a: Tensor, b: Tensor, { blocks }: ChannelFactors): Tensor {
  const [M = 0, C = 0, X = 0] = a.shape;
  let scores = tf.reshape(tf.sum(tf.mul(a, b), 2), [M * C, 1, 1]);
  blocks.forEach(({ begin, end }, level) => {
    const shape = [(M * C) / 2 ** level, 2 ** level, X];
    const later = tf.mul(halves(tf.reshape(a, shape))[1], halves(begin)[1]);
    const earlier = tf.mul(halves(tf.reshape(b, shape))[0], halves(end)[0]);
    const [top, bottom] = halves(scores);
    const crossed = tf.matMul(later, earlier, false, true);
    scores = tf.concat([tf.concat([top, tf.zerosLike(top)], 2), tf.concat([crossed, bottom], 2)], 1);
  });
  return scores;
}

/**
 * A causal mixture of tokens, each channel decayed.
 *
 *   y_ix = sum_{j <= i} m_ij L_ijx w_jx
 *
 * Shapes: m `[M,C,C]`, of which the part above the diagonal is not read · w `[M,C,X]` -> `[M,C,X]`.
 */
export function decayedMix(m: Tensor, w: Tensor, { blocks }: ChannelFactors): Tensor {
  const [M = 0, C = 0, X = 0] = w.shape;
  const { crosses, diagonal } = crossBlocks(m);
  let mixed = tf.mul(tf.reshape(w, [M * C, 1, X]), diagonal);
  blocks.forEach(({ begin, end }, level) => {
    const shape = [(M * C) / 2 ** level, 2 ** level, X];
    const earlier = tf.mul(halves(tf.reshape(w, shape))[0], halves(end)[0]);
    const crossed = tf.mul(tf.matMul(crosses[level] as Tensor, earlier), halves(begin)[1]); // one a level
    const [left, right] = halves(mixed);
    mixed = tf.concat([left, tf.add(right, crossed)], 1);
  });
  return tf.reshape(mixed, [M, C, X]);
}

/** The diagonal `[M C,1,1]` of matrices, and the blocks `[.,b,b]` left of it by size b = 1, 2, .. C/2. */
function crossBlocks(m: Tensor): { readonly crosses: readonly Tensor[]; readonly diagonal: Tensor } {
  const [count = 0, size = 0] = m.shape;
  if (size === 1) return { crosses: [], diagonal: m };
  const half = size / 2;
  const part = (row: number, column: number): Tensor =>
    tf.slice(m, [0, row * half, column * half], [count, half, half]);
  const kept = tf.reshape(tf.concat([part(0, 0), part(1, 1)], 1), [2 * count, half, half]);
  const smaller = crossBlocks(kept);
  return { ...smaller, crosses: [...smaller.crosses, part(1, 0)] };
}
