import { tf, type Tensor } from '../core/tf.js';
import { scaled } from './blocks.js';
import type { Chunks } from './chunks.js';
import { across, LEAST_LOG, visible, type DecayCourse } from './decayCourse.js';

/** What of a chunk the gradient of its log decays is made of, `[B,H,N,C]` each but for the last. */
export interface DecayParts {
  /** At each token what is read there, times its gradient. */
  readonly reads: Tensor;
  /** What is written there and read in the chunk, times its gradient. */
  readonly writes: Tensor;
  /** What is written there and left at the chunk's end, times its gradient. */
  readonly lasting: Tensor;
  /** The state at the start times the gradient of that at the end, `[B,H,N,V,K]`. */
  readonly carried: Tensor;
}

/**
 * The gradient of the log decays, without one of any decay factor. With c their running sum in a chunk, every
 * term of an output has a factor exp(c_reader) of a query or reading key, and exp(-c_writer) of a writing key
 * or exp(0) of the state; those of the state at the end have exp(c_end). So c_t has the gradient
 * reads_t - writes_t, and a log decay those of all c from there on.
 *
 * Source: as for a memory that is only added to in Yang et al. 2023, arXiv:2312.06635.
 */
export function logGradient(
  logs: Tensor,
  { reads, writes, lasting, carried }: DecayParts,
  course: DecayCourse,
  { T, C }: Pick<Chunks, 'T' | 'C'>,
): Tensor {
  const [B = 0, H = 0, N = 0] = reads.shape;
  const later = tf.sum(tf.mul(visible(course), tf.expandDims(tf.sub(reads, writes), 4)), 3);
  const earlier = tf.cumsum(lasting, 3, true);
  const whole = scaled(tf.sum(carried, [3, 4], true), across(course));
  const chunked = tf.add(tf.add(later, earlier), tf.squeeze(whole, [4]));
  const filled = tf.reshape(chunked, [B, H, N * C]);
  const real = N * C === T ? filled : tf.slice(filled, [0, 0, 0], [B, H, T]);
  const shared = [0, 1].filter((axis) => logs.shape[axis] === 1);
  const summed = shared.length > 0 ? tf.sum(real, shared, true) : real;
  return tf.mul(summed, tf.cast(tf.greaterEqual(logs, LEAST_LOG), 'float32'));
}
