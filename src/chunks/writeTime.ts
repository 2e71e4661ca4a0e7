import { tf, type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';

/** Each of T tokens `[..,T,X]` as n in a row, of which one has its values and the others zeros: `[..,n T,X]`. */
function amongZeros(x: Tensor, n: number, place: 'first' | 'last'): Tensor {
  const [rows = 0, heads = 0, T = 0, X = 0] = x.shape;
  // Not zeros, which makes an array while a graph is recorded.
  const others = tf.fill([rows, heads, T, (n - 1) * X], 0);
  return tf.reshape(tf.concat(place === 'first' ? [x, others] : [others, x], 3), [rows, heads, n * T, X]);
}

/**
 * A sequence of n writes per token as one of n tokens in their place: the first of each n has the decay, the last the
 * query.
 *
 * Shapes: k `[B,H,T,n K]`, v `[B,H,T,n V]`, all else as in `runRule` -> k `[B,H,n T,K]` and so on; without signals.
 */
export function inWriteTime(xs: SequenceInput, n: number): SequenceInput {
  const { q, k, v, logDecay, documents } = xs;
  if (n === 1) return { ...xs, signals: {} };
  const apart = (x: Tensor): Tensor => {
    const [B = 0, H = 0, T = 0, width = 0] = x.shape;
    return tf.reshape(x, [B, H, n * T, width / n]);
  };
  const channels = logDecay && logDecay.rank === 4;
  const wide = logDecay && (channels ? logDecay : tf.expandDims(logDecay, 3));
  const decays = wide && amongZeros(wide, n, 'first');
  return {
    q: amongZeros(q, n, 'last'),
    k: apart(k),
    v: apart(v),
    signals: {},
    logDecay: decays && (channels ? decays : tf.squeeze(decays, [3])),
    documents: documents && eachRepeated(documents, n),
  };
}

/** `[B,T]` to `[B,n T]`, each n times in a row. */
function eachRepeated(documents: Tensor, n: number): Tensor {
  const [B = 0, T = 0] = documents.shape;
  return tf.reshape(tf.tile(tf.expandDims(documents, 2), [1, 1, n]), [B, n * T]);
}

/** What the last of each n tokens read: `[B,H,n T,V]` to `[B,H,T,V]`. */
export function lastOfEach(outputs: Tensor, n: number): Tensor {
  if (n === 1) return outputs;
  const [B = 0, H = 0, length = 0, V = 0] = outputs.shape;
  const T = length / n;
  return tf.slice(tf.reshape(outputs, [B, H, T, n * V]), [0, 0, 0, (n - 1) * V], [B, H, T, V]);
}
