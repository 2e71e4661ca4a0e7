import { tf, type Tensor } from '../core/tf.js';
import { blockChunks, intoBlocks, restartFactors, scaled } from './blocks.js';
import { decayedScores, wholeChunk } from './channelOps.js';
import type { ChannelCourse } from './channelTree.js';
import { chunkDecay, chunksOf, type Chunks } from './chunks.js';
import type { SequenceInput } from '../rules/contract.js';
import { across, fromStart, toEnd, within } from './decayCourse.js';

/**
 * The decay of a sequence in chunks, one a token or one a token and key channel, as it weighs vectors.
 *
 * Shapes: vectors a, b, x `[B,H,N,C,X]`, X the size K of the keys where the decay is per channel.
 */
export interface KeyDecay {
  readonly chunks: Chunks;
  /** `sum_x a_ix b_jx L_ijx` for j <= i, else 0: `[B,H,N,C,C]`. */
  scores(a: Tensor, b: Tensor): Tensor;
  /** Vectors weighed by what is left at them of the chunk's start. */
  fromStart(x: Tensor): Tensor;
  /** Vectors weighed by what is left of them at the chunk's end. */
  toEnd(x: Tensor): Tensor;
  /** The matrix `[K,K]` that takes the state at a chunk's start to its end: `[..,N,K,K]`, or without the N. */
  across(K: number): Tensor;
}

/** The decay of a sequence, whichever kind it is. */
export function keyDecay(xs: SequenceInput, chunkSize: number): KeyDecay {
  return xs.logDecay?.rank === 4 ? perChannel(xs, xs.logDecay, chunkSize) : perToken(xs, chunkSize);
}

/** One decay a token. */
function perToken(xs: SequenceInput, chunkSize: number): KeyDecay {
  const chunks = chunksOf(xs.q.shape[2] ?? 0, chunkSize);
  const course = chunkDecay(xs, chunks);
  const L = within(course);
  const [begin, end] = [fromStart(course), toEnd(course)];
  return {
    chunks,
    scores: (a, b) => tf.mul(tf.matMul(a, b, false, true), L),
    fromStart: (x) => scaled(x, begin),
    toEnd: (x) => scaled(x, end),
    across: (K) => scaled(tf.eye(K), across(course)),
  };
}

function perChannel(xs: SequenceInput, logDecay: Tensor, chunkSize: number): KeyDecay {
  const [B = 0, H = 0, T = 0, K = 0] = xs.k.shape;
  const chunks = blockChunks(T, chunkSize);
  const { C, N } = chunks;
  const course = channelCourse('logs', logDecay, xs, chunks);
  const { begin, end, total } = wholeChunk(course);
  const flat = (x: Tensor): Tensor => tf.reshape(x, [B * H * N, C, K]);
  const weighed = (x: Tensor, by: Tensor): Tensor => tf.mul(x, tf.reshape(by, [B, H, N, C, K]));
  return {
    chunks,
    scores: (a, b) => tf.reshape(decayedScores(flat(a), flat(b), course), [B, H, N, C, C]),
    fromStart: (x) => weighed(x, begin),
    toEnd: (x) => weighed(x, end),
    across: () => tf.mul(tf.reshape(total, [B, H, N, 1, K]), tf.eye(K)),
  };
}

/** Log decays or factors `[B,H,T,X]` (B may be 1) of a sequence and the restarts of its documents, in chunks. */
export function channelCourse(
  kind: ChannelCourse['kind'],
  values: Tensor,
  { k, documents }: SequenceInput,
  chunks: Chunks,
): ChannelCourse {
  const [B = 0, H = 0, T = 0] = k.shape;
  const each = tf.zeros([B, H, T, 1]);
  const rows = values.shape[0] === B ? values : tf.add(values, each);
  return {
    kind,
    values: intoBlocks(rows, chunks, kind === 'logs' ? 0 : 1),
    kept: documents && intoBlocks(tf.add(restartFactors(documents), each), chunks, 1),
  };
}
