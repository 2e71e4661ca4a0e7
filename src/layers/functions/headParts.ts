import { required } from '../../core/required.js';
import { tf, type Tensor } from '../../core/tf.js';

/** Sizes of the query, key and value columns of a fused projection. */
export interface HeadSizes {
  /** Heads that ask. */
  readonly H: number;
  /** Memories, each read by H / M heads in a row. */
  readonly M: number;
  readonly K: number;
  readonly V: number;
}

/** Width of the fused projection to queries, keys and values. */
export function fusedWidth({ H, M, K, V }: HeadSizes): number {
  return H * K + M * (K + V);
}

/** Shapes: [B,H*n,T] -> [B,H,T,n]. */
export function splitHeads(x: Tensor, H: number): Tensor {
  const [B = 0, width = 0, T = 0] = x.shape;
  const n = width / H;
  // Of one token the order of axes in memory is the same; a reshape copies nothing.
  if (T === 1) return tf.reshape(x, [B, H, 1, n]);
  return tf.reshape(tf.transpose(tf.reshape(x, [B * H, n, T]), [0, 2, 1]), [B, H, T, n]);
}

/** Shapes: [B,H,T,n] -> [B,T,H*n]. */
export function mergeHeads(x: Tensor): Tensor {
  const [B = 0, H = 0, T = 0, n = 0] = x.shape;
  if (T === 1) return tf.reshape(x, [B, 1, H * n]);
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B, T, H * n]);
}

/** The channels of a fused projection `[B,H*K+M*(K+V),T]`: q `[B,H*K,T]`, k `[B,M*K,T]`, v `[B,M*V,T]`. */
export interface FusedVectors {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

/** The three groups of channels of a fused projection. */
export function splitGroups(x: Tensor, { H, M, K, V }: HeadSizes): FusedVectors {
  const [q, k, v] = tf.split(x, [H * K, M * K, M * V], 1);
  return { q: required(q, 'queries'), k: required(k, 'keys'), v: required(v, 'values') };
}

/** The last `count` tokens of `[B,E,T]`. */
export function lastTokens(x: Tensor, count: number): Tensor {
  const [B = 0, E = 0, T = 0] = x.shape;
  return tf.slice(x, [0, 0, T - count], [B, E, count]);
}
