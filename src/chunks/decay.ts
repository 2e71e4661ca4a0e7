import { constantMatrix } from '../ops/constantMatrix.js';
import { restartsOf, segmentsOf } from '../ops/segments.js';
import { tf, type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';
import { decayedMix, decayedScores, wholeChunk } from './channelOps.js';
import type { ChannelDecay } from './channelTree.js';
import { chunksOf, padded, powerOfTwoChunks, scaled, split, type Chunks } from './layout.js';

/** What a memory's log decay is given for: nothing, each token, or each token and key channel. */
export type DecayKind = 'none' | 'perToken' | 'perChannel';

/** The kind of a log decay, which has the rank of the keys where it is per channel. */
export function decayKind(logDecay: Tensor | undefined, keyRank: number): DecayKind {
  if (!logDecay) return 'none';
  return logDecay.rank === keyRank ? 'perChannel' : 'perToken';
}

/**
 * What is left, at one token of a sequence in chunks, of what a memory held at another: L_ij at token i of what was
 * written at token j of the same chunk. Per channel L_ijx is that of channel x of the vectors; per token it is the
 * same for all x. Restarts are total decay.
 *
 * Shapes: vectors a, b, w, x `[B,H,N,C,X]` · matrices m `[B,H,N,C,C]`.
 */
export interface ChunkDecay {
  /** Intra-chunk scores `sum_x a_ix b_jx L_ijx` for j <= i, else 0: `[B,H,N,C,C]`. */
  scores(a: Tensor, b: Tensor): Tensor;
  /** The same, but of use for j < i only. */
  overlaps(a: Tensor, b: Tensor): Tensor;
  /** The intra-chunk mixture `sum_{j <= i} m_ij L_ijx w_jx`: `[B,H,N,C,X]`. */
  mix(m: Tensor, w: Tensor): Tensor;
  /** Vectors times what is left at their token of the state at the chunk's start. */
  fromStart(x: Tensor): Tensor;
  /** Vectors times what is left of them at the chunk's end. */
  toEnd(x: Tensor): Tensor;
  /** What is left at a chunk's end of the state at its start, `[.,.,N,1,1 or X]`; absent where all is. */
  readonly interChunk: Tensor | undefined;
}

const product = (a: Tensor, b: Tensor): Tensor => tf.matMul(a, b, false, true);

/** The decay of an axis of the memory that has none, where the other axis has one, and with it the causal mask. */
export const UNDECAYED: ChunkDecay = {
  scores: product,
  overlaps: product,
  mix: (m, w) => tf.matMul(m, w),
  fromStart: (x) => x,
  toEnd: (x) => x,
  interChunk: undefined,
};

/** What of a sequence says how its memory decays: documents restart it. */
export type DecayInputs = Pick<SequenceInput, 'k' | 'logDecay' | 'documents'>;

/** How a sequence is cut into chunks: a decay per channel wants a power of two. */
export function chunksFor({ k, logDecay }: DecayInputs, chunkSize: number): Chunks {
  const T = k.shape[2] ?? 0;
  return decayKind(logDecay, k.rank) === 'perChannel'
    ? powerOfTwoChunks(T, chunkSize)
    : chunksOf(T, chunkSize);
}

/** The decay of a sequence, of whichever kind. */
export function chunkDecay(xs: DecayInputs, chunks: Chunks): ChunkDecay {
  const { k, logDecay } = xs;
  const perChannel = decayKind(logDecay, k.rank) === 'perChannel';
  return logDecay && perChannel ? channelDecay('logs', logDecay, xs, chunks) : tokenDecay(xs, chunks);
}

/** A decay by factors of any sign per channel, `[B,H,T,X]` (B may be 1), in chunks of a power of two. */
export function factorDecay(factors: Tensor, xs: DecayInputs, chunks: Chunks): ChunkDecay {
  return channelDecay('factors', factors, xs, chunks);
}

/** 0 at the first token of each document but the row's first, else 1: documents `[B,T]` to `[B,1,T,1]`. */
export function restartFactors(documents: Tensor): Tensor {
  const [B = 0, T = 0] = documents.shape;
  return tf.reshape(tf.sub(1, tf.cast(restartsOf(documents), 'float32')), [B, 1, T, 1]);
}

function channelDecay(
  kind: ChannelDecay['kind'],
  given: Tensor,
  { k, documents }: DecayInputs,
  chunks: Chunks,
): ChunkDecay {
  const [B = 0, H = 0, T = 0] = k.shape;
  const each = tf.zeros([B, H, T, 1]);
  const rows = given.shape[0] === B ? given : tf.add(given, each);
  const decay: ChannelDecay = {
    kind,
    values: split(rows, chunks, kind === 'logs' ? 0 : 1),
    continues: documents && split(tf.add(restartFactors(documents), each), chunks, 1),
  };
  const [fromStart, toEnd, interChunk] = wholeChunk(decay);
  const scores = (a: Tensor, b: Tensor): Tensor => decayedScores(a, b, decay);
  return {
    scores,
    overlaps: scores,
    mix: (m, w) => decayedMix(m, w, decay),
    fromStart: (x) => tf.mul(x, fromStart),
    toEnd: (x) => tf.mul(x, toEnd),
    interChunk,
  };
}

/** A decay per token, or none, by its matrices; those that are absent are 1 throughout. */
export interface TokenDecay extends ChunkDecay {
  readonly chunks: Chunks;
  /** L `[.,.,N,C,C]`, or the causal mask `[C,C]` where nothing decays and nothing restarts. */
  readonly intraChunk: Tensor;
  readonly decayFromStart: Tensor | undefined;
  readonly decayToEnd: Tensor | undefined;
  /** L of a memory that only restarts: 1 where token i sees token j, else 0. */
  readonly visible: () => Tensor;
}

/**
 * The decay of a sequence per token. With c the running sum of the log decays of a chunk:
 *
 *   intraChunk: exp(c_i - c_j) for j <= i in one document, else 0
 *   decayFromStart: exp(c_i)   decayToEnd: exp(c_C - c_j)   interChunk: exp(c_C)   each 0 where a document ends
 *
 * Shapes: logDecay `[b,h,T]`, where b and h may be 1 · documents `[B,T]`.
 */
export function tokenDecay(xs: Pick<DecayInputs, 'logDecay' | 'documents'>, chunks: Chunks): TokenDecay {
  const { C } = chunks;
  const decay = xs.logDecay && runningSums(xs.logDecay, chunks);
  const segment = xs.documents && segmentsIn(xs.documents, chunks);
  const causal = constantMatrix(C, (i, j) => i >= j);
  const visible = (): Tensor => {
    if (!segment) return causal;
    return tf.mul(causal, same(tf.expandDims(segment.at, 4), tf.expandDims(segment.at, 3)));
  };
  const intraChunk = decay ? decayedPairs(decay.sum, visible()) : visible();
  const decayFromStart = column(decay && tf.exp(decay.sum), segment && same(segment.at, segment.start));
  const decayToEnd = column(
    decay && tf.exp(tf.sub(decay.total, decay.sum)),
    segment && same(segment.at, segment.end),
  );
  const scores = (a: Tensor, b: Tensor): Tensor => tf.mul(product(a, b), intraChunk);
  return {
    chunks,
    intraChunk,
    decayFromStart,
    decayToEnd,
    interChunk: column(decay && tf.exp(decay.total), segment && same(segment.start, segment.end)),
    visible,
    scores,
    overlaps: decay || segment ? scores : product,
    mix: (m, w) => tf.matMul(tf.mul(m, intraChunk), w),
    fromStart: (x) => scaled(x, decayFromStart),
    toEnd: (x) => scaled(x, decayToEnd),
  };
}

/**
 * Log decays below this are raised to it: the factor, 6e-39, is below the least normal float32, and running
 * sums keep their precision (after -Infinity they would have none).
 */
const LEAST_LOG = -88;

/** Brings any exponent to where exp is zero, without the NaN that an infinity could give. */
const HIDDEN = 1e30;

/** Running sums of the log decays in each chunk `[b,h,N,C]`, and the chunk's `[b,h,N,1]`. */
function runningSums(logs: Tensor, { T, C, N }: Chunks): { readonly sum: Tensor; readonly total: Tensor } {
  const [b = 1, h = 1] = logs.shape;
  const bounded = padded(tf.maximum(logs, LEAST_LOG), 2, N * C - T);
  const sum = tf.cumsum(tf.reshape(bounded, [b, h, N, C]), 3);
  return { sum, total: tf.slice(sum, [0, 0, 0, C - 1], [b, h, N, 1]) };
}

/** The exponent is masked before `exp`: above the diagonal it grows without bound. */
function decayedPairs(sum: Tensor, visible: Tensor): Tensor {
  const exponent = tf.sub(tf.expandDims(sum, 4), tf.expandDims(sum, 3));
  return tf.exp(tf.add(exponent, tf.mul(tf.sub(visible, 1), HIDDEN)));
}

/** The running number of the document at each token `[B,1,N,C]`, before the chunk and at its end `[B,1,N,1]`. */
function segmentsIn(
  documents: Tensor,
  { T, C, N }: Chunks,
): { readonly at: Tensor; readonly start: Tensor; readonly end: Tensor } {
  const [B = 1] = documents.shape;
  const segments = tf.expandDims(segmentsOf(documents), 1);
  const last = tf.slice(segments, [0, 0, T - 1], [B, 1, 1]);
  const filled = N * C === T ? segments : tf.concat([segments, tf.tile(last, [1, 1, N * C - T])], 2);
  const at = tf.reshape(filled, [B, 1, N, C]);
  const end = tf.slice(at, [0, 0, 0, C - 1], [B, 1, N, 1]);
  const first = tf.zeros([B, 1, 1, 1]);
  const start = N === 1 ? first : tf.concat([first, tf.slice(end, [0, 0, 0, 0], [B, 1, N - 1, 1])], 2);
  return { at, start, end };
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

/** What of a chunk the gradient of its log decays is made of, `[B,H,N,C]` each but for the last. */
interface DecayParts {
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
 * The gradient of log decays per token, without one of any decay factor. With c their running sum in a chunk, every
 * term of an output has a factor exp(c_reader) of a query or reading key, and exp(-c_writer) of a writing key
 * or exp(0) of the state; those of the state at the end have exp(c_end). So c_t has the gradient
 * reads_t - writes_t, and a log decay those of all c from there on.
 *
 * Source: as for a memory that is only added to in Yang et al. 2023, arXiv:2312.06635.
 */
export function logDecayGradient(
  logs: Tensor,
  { reads, writes, lasting, carried }: DecayParts,
  { chunks: { T, C, N }, visible, interChunk }: TokenDecay,
): Tensor {
  const [B = 0, H = 0] = reads.shape;
  const later = tf.sum(tf.mul(visible(), tf.expandDims(tf.sub(reads, writes), 4)), 3);
  const earlier = tf.cumsum(lasting, 3, true);
  const whole = scaled(tf.sum(carried, [3, 4], true), interChunk);
  const chunked = tf.add(tf.add(later, earlier), tf.squeeze(whole, [4]));
  const filled = tf.reshape(chunked, [B, H, N * C]);
  const real = N * C === T ? filled : tf.slice(filled, [0, 0, 0], [B, H, T]);
  const shared = [0, 1].filter((axis) => logs.shape[axis] === 1);
  const summed = shared.length > 0 ? tf.sum(real, shared, true) : real;
  return tf.mul(summed, tf.cast(tf.greaterEqual(logs, LEAST_LOG), 'float32'));
}
