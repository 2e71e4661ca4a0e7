import { shortConvolution } from '../../ops/shortConvolution.js';
import { tf, type Tensor } from '../../core/tf.js';
import { constantSpec, type WeightSpec } from '../weights.js';
import { carriedConvolution } from './carriedConvolution.js';

/** The weight gamma `[H]` of a head with momentum; from 0, where the query is as it was. */
export function momentumSpec(H: number): WeightSpec {
  return constantSpec('momentum', [H], 0);
}

/** The shift as a convolution of two taps: -gamma for the query before, 1 + gamma for the query. */
function shiftTaps(gamma: Tensor, channels: number): Tensor {
  const [H = 0] = gamma.shape;
  const each = tf.reshape(tf.mul(tf.expandDims(gamma, 1), tf.ones([1, channels / H])), [channels, 1]);
  return tf.concat([tf.neg(each), tf.add(each, 1)], 1);
}

/**
 * Queries ahead of themselves: each moves on by a share of how it changed since the token before.
 *
 *   q_t + gamma (q_t - q_{t-1})        q_{-1} = 0 at the start of a document
 *
 * Shapes: q [B,H*K,T], gamma [H], documents [B,T] int32 -> [B,H*K,T].
 * Source: "Momentum Attention", arXiv:2602.04902, which also shifts keys; here queries alone, gamma learned.
 */
export function shiftQueries(q: Tensor, gamma: Tensor, documents?: Tensor): Tensor {
  return shortConvolution(q, shiftTaps(gamma, q.shape[1] ?? 0), documents);
}

/** Shifted queries `[B,H*K,T]`, and the last before the shift `[B,H*K,1]`; absent without momentum. */
export interface CarriedQueries {
  readonly q: Tensor;
  readonly query?: Tensor;
}

/** `shiftQueries` on the next tokens, from the query `[B,H*K,1]` before them; as they are without gamma. */
export function carriedShift(
  q: Tensor,
  gamma: Tensor | undefined,
  previous: Tensor | undefined,
): CarriedQueries {
  if (!gamma) return { q };
  const { mixed, convolution } = carriedConvolution(q, shiftTaps(gamma, q.shape[1] ?? 0), previous);
  return { q: mixed, ...(convolution && { query: convolution }) };
}
