import { unitLowerInverse } from '../ops/unitLowerInverse.js';
import { tf, type Tensor } from '../core/tf.js';
import { affineScan } from './affineScan.js';
import type { ScanStates } from './decayScan.js';
import type { KeyDecay } from './keyDecay.js';

/** What a memory M, content by address, is taught at each token, in chunks `[B,H,N,C,..]`. */
export interface Lesson {
  /** The address that is read, `[..,X]`. */
  readonly read: Tensor;
  /** The address that is written to, `[..,X]`. */
  readonly write: Tensor;
  /** What the memory should have recalled, `[..,Y]`. */
  readonly content: Tensor;
}

/** The errors written at each token `[..,N,C,Y]`, and the memory before each chunk and after the last. */
export interface Corrected extends ScanStates {
  readonly errors: Tensor;
}

/**
 * Error correction in chunks: the memory writes by how much it missed the content.
 *
 *   M_t = M~_t + e_t w_t^T        e_t = c_t - M~_t r_t        r the address read, w the one written to
 *
 * With L the decay inside a chunk and M the memory at its start:
 *
 *   A = tril(R W^T (.) L, -1)    X = (I + A)^{-1}    E = X C - (X fromStart R) M^T
 *   M' = M (across I - (X fromStart R)^T (W toEnd)) + (X C)^T (W toEnd)
 *
 * so that M_i = fromStart M + sum_{j <= i} L_ij e_j w_j^T.
 *
 * Shapes: start `[B,H,Y,X]`, absent for an empty memory.
 * Source: Yang et al. 2024, arXiv:2406.06484, equations 8 to 11; the states by an affine scan over chunks.
 */
export function correctInChunks(
  decay: KeyDecay,
  { read, write, content }: Lesson,
  start: Tensor | undefined,
): Corrected {
  const X = unitLowerInverse(decay.scores(read, write));
  const U = tf.matMul(X, content);
  const W = tf.matMul(X, decay.fromStart(read));
  const last = decay.toEnd(write);
  const transitions = tf.sub(decay.across(read.shape.at(-1) ?? 0), tf.matMul(W, last, true, false));
  const states = affineScan({ transitions }, tf.matMul(U, last, true, false), start);
  const { starts } = states;
  return { ...states, errors: starts ? tf.sub(U, tf.matMul(W, starts, false, true)) : U };
}
