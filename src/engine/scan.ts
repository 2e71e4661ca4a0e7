import { ShapeError } from '../core/errors.js';
import { tf, type Tensor } from '../core/tf.js';

/** One moment of a scan: what is carried on, and what is put out. */
export interface ScanMoment {
  readonly carry: readonly Tensor[];
  readonly ys: readonly Tensor[];
}

/** Computes moment t from what was carried and each sequence's slice at t (the time axis dropped). */
export type ScanBody = (carry: readonly Tensor[], xs: readonly Tensor[]) => ScanMoment;

/**
 * A loop over time.
 *
 *   (c_{t+1}, y_t) = body(c_t, x_t)        t = 0 .. T-1
 *
 * Shapes: every x has T at `axis`; every y of the body gains T at `axis`; the carry keeps its shapes.
 * State: differentiable in the carry and the sequences; disposes nothing.
 *
 * @returns the last carry, and the ys with their time axis.
 * @throws ShapeError when there is no sequence, or they differ in length.
 */
export function scan(
  body: ScanBody,
  initial: readonly Tensor[],
  sequences: readonly Tensor[],
  axis: number,
): ScanMoment {
  const T = lengthOf(sequences, axis);
  const slices = sequences.map((sequence) => tf.unstack(sequence, axis));
  let carry = initial;
  const outputs: (readonly Tensor[])[] = [];
  for (let t = 0; t < T; t++) {
    const moment = body(
      carry,
      slices.flatMap((slice) => slice.slice(t, t + 1)),
    );
    carry = moment.carry;
    outputs.push(moment.ys);
  }
  const ys = (outputs[0] ?? []).map((_, i) => {
    const series = outputs.flatMap((output) => output.slice(i, i + 1));
    return tf.stack(series, axis);
  });
  return { carry, ys };
}

function lengthOf(sequences: readonly Tensor[], axis: number): number {
  const lengths = sequences.map((sequence) => sequence.shape[axis]);
  const T = lengths[0];
  if (T === undefined || lengths.some((length) => length !== T)) {
    throw new ShapeError(
      `scan: expected sequences of one length along axis ${axis}, got [${lengths.join(',')}]`,
    );
  }
  return T;
}
