import { tf, type Tensor } from '../core/tf.js';
import { scaled } from './blocks.js';
import { chunksOf, type Chunks } from './chunks.js';
import {
  across,
  chunkMoments,
  decayCourse,
  fromStart,
  toEnd,
  within,
  type DecayCourse,
  type Moments,
} from './decayCourse.js';

/** States before each moment, and after the last. */
export interface ScanStates {
  /** `[B,H,N,V,K]`; absent where every state before a moment is empty. */
  readonly starts?: Tensor;
  /** `[B,H,V,K]` */
  readonly final: Tensor;
}

/**
 * The states of a memory that only decays and is added to.
 *
 *   S_{n+1} = a_n S_n + W_n        a_n the decay and restart of moment n
 *
 * One matrix product over the moments, or for many of them two levels of groups.
 *
 * Shapes: writes W `[B,H,N,V,K]` · start `[B,H,V,K]`, absent for an empty memory.
 */
export function decayScan(moments: Moments, writes: Tensor, start: Tensor | undefined): ScanStates {
  const [B = 0, H = 0, N = 0, V = 0, K = 0] = writes.shape;
  const rows = tf.reshape(writes, [B, H, N, V * K]);
  const states = scanRows(moments, rows, start && tf.reshape(start, [B, H, 1, V * K]));
  return {
    ...(states.starts && { starts: tf.reshape(states.starts, [B, H, N, V, K]) }),
    final: tf.reshape(states.final, [B, H, V, K]),
  };
}

/** The scan with each state as one row: writes and starts `[B,H,N,X]`, start and final `[B,H,1,X]`. */
function scanRows(
  moments: Moments,
  writes: Tensor,
  start: Tensor | undefined,
): { readonly starts?: Tensor; readonly final: Tensor } {
  const [B = 0, H = 0, N = 0, X = 0] = writes.shape;
  const chunks = groupsOf(N);
  const course = decayCourse(moments, chunks);
  const grouped = tf.reshape(filledRows(writes, chunks), [B, H, chunks.N, chunks.C, X]);
  const written = weigh(transposedRow(toEnd(course), chunks.C), grouped); // [B,H,groups,1,X]
  const groupWrites = tf.reshape(written, [B, H, chunks.N, X]);
  if (chunks.N > 1) {
    const outer = scanRows(chunkMoments(course), groupWrites, start);
    const starts = tf.reshape(outer.starts as Tensor, [B, H, chunks.N, 1, X]); // more than one: not empty
    return { starts: unfilledRows(startsFrom(course, grouped, starts), N), final: outer.final };
  }
  const first = start && tf.reshape(start, [B, H, 1, 1, X]);
  const carried = first && tf.reshape(scaled(first, across(course)), [B, H, 1, X]);
  const final = carried ? tf.add(groupWrites, carried) : groupWrites;
  if (N > 1) return { starts: tf.reshape(startsFrom(course, grouped, first), [B, H, N, X]), final };
  return start ? { starts: start, final } : { final };
}

/** States before each moment of a group, `[B,H,groups,C,X]`, from the state at the group's start. */
function startsFrom(course: DecayCourse, writes: Tensor, start: Tensor | undefined): Tensor {
  const local = weigh(within(course, 'before'), writes);
  if (!start) return local;
  return tf.add(local, scaled(start, fromStart(course, 'before')));
}

/** `weights writes`, with the batch axes of the weights made those of the writes. */
function weigh(weights: Tensor, writes: Tensor): Tensor {
  const batch = writes.shape.slice(0, 3);
  const shape = [...batch, ...weights.shape.slice(-2)];
  const same = shape.every((size, i) => size === weights.shape[i]) && weights.rank === 5;
  // Adding zeros broadcasts with a gradient at rank 5, where tfjs's tile has none.
  return tf.matMul(same ? weights : tf.add(weights, tf.zeros(shape)), writes);
}

/** A column of factors `[.,.,N,C,1]` as a row `[.,.,N,1,C]`; ones where it is absent. */
function transposedRow(factors: Tensor | undefined, C: number): Tensor {
  if (!factors) return tf.ones([1, 1, 1, 1, C]);
  const [b = 1, h = 1, N = 1] = factors.shape;
  return tf.reshape(factors, [b, h, N, 1, C]);
}

/** Up to 16 moments in one group, more in about sqrt(N) groups. */
function groupsOf(N: number): Chunks {
  return chunksOf(N, N <= 16 ? N : Math.ceil(Math.sqrt(N)));
}

function filledRows(rows: Tensor, { T, C, N }: Chunks): Tensor {
  if (N * C === T) return rows;
  return tf.pad(rows, [
    [0, 0],
    [0, 0],
    [0, N * C - T],
    [0, 0],
  ]);
}

function unfilledRows(grouped: Tensor, T: number): Tensor {
  const [B = 0, H = 0, N = 0, C = 0, X = 0] = grouped.shape;
  const rows = tf.reshape(grouped, [B, H, N * C, X]);
  return N * C === T ? rows : tf.slice(rows, [0, 0, 0, 0], [B, H, T, X]);
}
