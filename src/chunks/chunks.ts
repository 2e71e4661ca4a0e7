import { ConfigError } from '../core/errors.js';
import { segmentsOf } from '../ops/segments.js';
import { tf, type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';
import { decayCourse, type DecayCourse, type Moments } from './decayCourse.js';

/**
 * A sequence of T tokens seen as N chunks of C, the last filled up with zeros.
 *
 * Zero keys and signals write nothing and a zero log decay forgets nothing, so the filling changes neither
 * the outputs of real tokens nor the state.
 */
export interface Chunks {
  readonly T: number;
  readonly C: number;
  readonly N: number;
}

/** Chunks of `chunkSize` tokens, or one of all where the sequence is shorter. */
export function chunksOf(T: number, chunkSize: number): Chunks {
  const C = Math.min(chunkSize, T);
  return { T, C, N: Math.ceil(T / C) };
}

/** `[..,T,X]` to `[..,N,C,X]`. */
export function splitVectors(x: Tensor, { T, C, N }: Chunks): Tensor {
  const [B = 0, H = 0, , X = 0] = x.shape;
  const filled = N * C === T ? x : tf.pad(x, [...unpadded(2), [0, N * C - T], [0, 0]]);
  return tf.reshape(filled, [B, H, N, C, X]);
}

/** q, k and v of a sequence, each in chunks. */
export function splitInputs(
  { q, k, v }: SequenceInput,
  chunks: Chunks,
): { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor } {
  return { q: splitVectors(q, chunks), k: splitVectors(k, chunks), v: splitVectors(v, chunks) };
}

/** `[B,H,N,C,X]` back to `[B,H,T,X]`, without the filling. */
export function joinVectors(x: Tensor, { T, C, N }: Chunks): Tensor {
  const [B = 0, H = 0, , , X = 0] = x.shape;
  const joined = tf.reshape(x, [B, H, N * C, X]);
  return N * C === T ? joined : tf.slice(joined, [0, 0, 0, 0], [B, H, T, X]);
}

/**
 * The log decays of a sequence, and its documents counted.
 *
 * @throws ConfigError for a decay per key channel, which the forms made for it take as it is.
 */
export function momentsOf({ logDecay, documents }: SequenceInput): Moments {
  if (logDecay?.rank === 4) {
    throw new ConfigError(
      `chunk: expected a log decay [B,H,T], got [${logDecay.shape.join(',')}]; take the form for key channels`,
    );
  }
  return { logs: logDecay, segments: documents && tf.expandDims(segmentsOf(documents), 1) };
}

/** The decay of a sequence, chunk by chunk; throws as `momentsOf` does. */
export function chunkDecay(xs: SequenceInput, chunks: Chunks): DecayCourse {
  return decayCourse(momentsOf(xs), chunks);
}

function unpadded(axes: number): [number, number][] {
  return Array.from({ length: axes }, () => [0, 0]);
}
