import { tf, type Tensor } from '../../core/tf.js';

/** Sizes of the query, key and value columns of a fused projection. */
export interface HeadSizes {
  readonly H: number;
  readonly K: number;
  readonly V: number;
}

/** Width of the fused projection to queries, keys and values. */
export function fusedWidth({ H, K, V }: HeadSizes): number {
  return H * (2 * K + V);
}

/** Columns `from` to `from + count` of the last axis. */
export function columns(x: Tensor, from: number, count: number): Tensor {
  const begin = x.shape.map(() => 0);
  begin[x.rank - 1] = from;
  return tf.slice(x, begin, [...x.shape.slice(0, -1), count]);
}

/** Shapes: [B,T,H*n] -> [B,H,T,n]. */
export function splitHeads(x: Tensor, H: number): Tensor {
  const [B = 0, T = 0, width = 0] = x.shape;
  // Of one token the order of axes in memory is the same; a reshape copies nothing.
  if (T === 1) return tf.reshape(x, [B, H, 1, width / H]);
  return tf.transpose(tf.reshape(x, [B, T, H, width / H]), [0, 2, 1, 3]);
}

/** Shapes: [B,H,T,n] -> [B,T,H*n]. */
export function mergeHeads(x: Tensor): Tensor {
  const [B = 0, H = 0, T = 0, n = 0] = x.shape;
  if (T === 1) return tf.reshape(x, [B, 1, H * n]);
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B, T, H * n]);
}

/** Shapes: [B,T,n] -> [B,n,T]. */
export function tokensLast(x: Tensor): Tensor {
  const [B = 0, T = 0, n = 0] = x.shape;
  return T === 1 ? tf.reshape(x, [B, n, 1]) : tf.transpose(x, [0, 2, 1]);
}

/** The three groups of columns of a fused projection `[...,H*(2K+V)]`: q, k `[...,H*K]`, v `[...,H*V]`. */
export function splitGroups(x: Tensor, { H, K, V }: HeadSizes): { q: Tensor; k: Tensor; v: Tensor } {
  return {
    q: columns(x, 0, H * K),
    k: columns(x, H * K, H * K),
    v: columns(x, 2 * H * K, H * V),
  };
}

/** The last `count` tokens of `[B,T,E]`. */
export function lastTokens(x: Tensor, count: number): Tensor {
  const [B = 0, T = 0, E = 0] = x.shape;
  return tf.slice(x, [0, T - count, 0], [B, count, E]);
}
