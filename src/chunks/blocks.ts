import { constantMatrix } from '../ops/constantMatrix.js';
import { restartsOf } from '../ops/segments.js';
import { tf, type Tensor } from '../core/tf.js';
import type { Chunks } from './chunks.js';

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
  return tf.reshape(tf.sub(1, tf.cast(restartsOf(documents), 'float32')), [B, 1, T, 1]);
}

/** Chunks `[M,C,X]` as blocks of `size` tokens `[M C/size,size,X]`. */
export function inBlocks(x: Tensor, size: number): Tensor {
  const [M = 0, C = 0, X = 0] = x.shape;
  return tf.reshape(x, [(M * C) / size, size, X]);
}

/** `x` times a factor that is absent where it would be 1. */
export function scaled(x: Tensor, factor: Tensor | undefined): Tensor {
  return factor ? tf.mul(x, factor) : x;
}

/** The two halves of the diagonal of matrices, `[M,2 s,2 s]` to `[2 M,s,s]`. */
export function diagonalHalves(m: Tensor): Tensor {
  const [M = 0, size = 0] = m.shape;
  const s = size / 2;
  const halves = [0, s].map((at) => tf.slice(m, [0, at, at], [M, s, s]));
  return tf.reshape(tf.concat(halves, 1), [2 * M, s, s]);
}

/** The inverse of `diagonalHalves`, with zeros beside the halves. */
export function ontoDiagonal(blocks: Tensor): Tensor {
  const [count = 0, s = 0] = blocks.shape;
  const twice = tf.reshape(tf.concat([blocks, blocks], 2), [count / 2, 2 * s, 2 * s]);
  const half = (i: number): number => Math.floor(i / s);
  return tf.mul(
    twice,
    constantMatrix(2 * s, (i, j) => half(i) === half(j)),
  );
}
