import { constantMatrix } from '../ops/constantMatrix.js';
import { tf, type Tensor } from '../core/tf.js';
import type { Chunks } from './chunks.js';

/**
 * What happens to a memory from moment to moment, moments along the last axis.
 *
 * Shapes: logs `[b,h,T]`, the log decay at each moment (b, h may be 1 where it is the same for all rows or
 * heads) · segments `[B,1,T]`, a count that goes up where the memory restarts, 0 for the state given.
 * Absent: no decay, no restart.
 */
export interface Moments {
  readonly logs?: Tensor | undefined;
  readonly segments?: Tensor | undefined;
}

/**
 * Moments in N chunks of C. `logs` `[b,h,N,C]` are the log decays, `sum` their running sums in each chunk,
 * `total` `[b,h,N,1]` the chunk's. Segments are known at each moment and before it `[B,1,N,C]`, and at both
 * ends of the chunk `[B,1,N,1]`.
 */
export interface DecayCourse {
  readonly N: number;
  readonly C: number;
  readonly decay?: { readonly logs: Tensor; readonly sum: Tensor; readonly total: Tensor };
  readonly segment?: {
    readonly at: Tensor;
    readonly before: Tensor;
    readonly start: Tensor;
    readonly end: Tensor;
  };
}

/** Which side of a moment's own decay (and restart) is meant: `after` both, or `before` them. */
export type Side = 'before' | 'after';

/** Prepares the moments of a sequence; T is filled up with moments without decay or restart. */
export function decayCourse({ logs, segments }: Moments, chunks: Chunks): DecayCourse {
  return {
    N: chunks.N,
    C: chunks.C,
    ...(logs && { decay: runningSums(logs, chunks) }),
    ...(segments && { segment: segmentEnds(segments, chunks) }),
  };
}

function runningSums(logs: Tensor, { T, C, N }: Chunks): NonNullable<DecayCourse['decay']> {
  const [b = 1, h = 1] = logs.shape;
  const split = tf.reshape(filledUp(tf.maximum(logs, LEAST_LOG), N * C - T), [b, h, N, C]);
  const sum = tf.cumsum(split, 3);
  return { logs: split, sum, total: tf.slice(sum, [0, 0, 0, C - 1], [b, h, N, 1]) };
}

/**
 * Log decays below this are raised to it: the factor, 6e-39, is below the least normal float32, and running
 * sums keep their precision (after -Infinity they would have none).
 */
export const LEAST_LOG = -88;

function segmentEnds(segments: Tensor, { T, C, N }: Chunks): NonNullable<DecayCourse['segment']> {
  const [B = 1] = segments.shape;
  const last = tf.slice(segments, [0, 0, T - 1], [B, 1, 1]);
  const filled = N * C === T ? segments : tf.concat([segments, tf.tile(last, [1, 1, N * C - T])], 2);
  const shifted = tf.concat([tf.zeros([B, 1, 1]), tf.slice(filled, [0, 0, 0], [B, 1, N * C - 1])], 2);
  const [at, before] = [tf.reshape(filled, [B, 1, N, C]), tf.reshape(shifted, [B, 1, N, C])];
  const start = tf.slice(before, [0, 0, 0, 0], [B, 1, N, 1]);
  return { at, before, start, end: tf.slice(at, [0, 0, 0, C - 1], [B, 1, N, 1]) };
}

function filledUp(x: Tensor, count: number): Tensor {
  if (count === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [0, 0],
    [0, count],
  ]);
}

/**
 * What is left at moment i of what was written at moment j of the same chunk, `[.,.,N,C,C]`; or the constant
 * mask `[C,C]` where nothing decays and nothing restarts. With c the running sum of the log decay:
 *
 *   after:  exp(c_i - c_j)        j <= i, one segment; else 0
 *   before: exp(c_{i-1} - c_j)    j <  i, one segment; else 0
 *
 * The exponent is masked before `exp`: above the diagonal it grows without bound.
 */
export function within(course: DecayCourse, side: Side = 'after'): Tensor {
  const { decay } = course;
  const seen = visible(course, side);
  if (!decay) return seen;
  const exponent = tf.sub(tf.expandDims(sumOn(decay, side), 4), tf.expandDims(decay.sum, 3));
  return tf.exp(tf.add(exponent, tf.mul(tf.sub(seen, 1), HIDDEN)));
}

/** `within` of a memory that only restarts: 1 where moment i sees moment j, else 0. */
export function visible({ segment, C }: DecayCourse, side: Side = 'after'): Tensor {
  // With the diagonal (after) or without (before).
  const reach = side === 'after' ? 0 : 1;
  const causal = constantMatrix(C, (i, j) => i - j >= reach);
  if (!segment) return causal;
  return tf.mul(causal, same(tf.expandDims(segmentOn(segment, side), 4), tf.expandDims(segment.at, 3)));
}

/** Brings any exponent to where exp is zero, without the NaN that an infinity could give. */
const HIDDEN = 1e30;

/** What is left at each moment of the state at its chunk's start, `[.,.,N,C,1]`; absent where all is. */
export function fromStart({ decay, segment }: DecayCourse, side: Side = 'after'): Tensor | undefined {
  const kept = decay && tf.exp(sumOn(decay, side));
  return column(kept, segment && same(segmentOn(segment, side), segment.start));
}

/** What is left at the chunk's end of what was written at each moment, `[.,.,N,C,1]`; absent where all is. */
export function toEnd({ decay, segment }: DecayCourse): Tensor | undefined {
  const kept = decay && tf.exp(tf.sub(decay.total, decay.sum));
  return column(kept, segment && same(segment.at, segment.end));
}

/** What is left at the chunk's end of the state at its start, `[.,.,N,1,1]`; absent where all is. */
export function across({ decay, segment }: DecayCourse): Tensor | undefined {
  return column(decay && tf.exp(decay.total), segment && same(segment.start, segment.end));
}

/** The chunks as moments of a slower course: one decay and one segment a chunk. */
export function chunkMoments({ decay, segment }: DecayCourse): Moments {
  return {
    logs: decay && tf.squeeze(decay.total, [3]),
    segments: segment && tf.squeeze(segment.end, [3]),
  };
}

/** Running sums with each moment's own log decay, or exactly those of the moment before. */
function sumOn({ logs, sum }: NonNullable<DecayCourse['decay']>, side: Side): Tensor {
  return side === 'after' ? sum : tf.cumsum(logs, 3, true);
}

function segmentOn({ at, before }: NonNullable<DecayCourse['segment']>, side: Side): Tensor {
  return side === 'after' ? at : before;
}

/** The product of the factors there are, with one axis more. */
function column(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  const factor = a && b ? tf.mul(a, b) : (a ?? b);
  return factor && tf.expandDims(factor, 4);
}

/** 1 where two segment counts are equal, else 0. */
function same(a: Tensor, b: Tensor): Tensor {
  return tf.cast(tf.equal(a, b), 'float32');
}
