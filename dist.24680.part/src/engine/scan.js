import { ShapeError } from '../core/errors.js';
import { tf } from '../core/tf.js';
import { loopBackend } from './loop.js';
import { recomputingScan } from './recomputingScan.js';
/**
 * A loop over time.
 *
 *   (c_{t+1}, y_t) = body(c_t, x_t)        t = 0 .. T-1
 *
 * The gradient recomputes the states inside chunks of about sqrt(T) steps, so that memory grows with the number
 * of chunks. Only the carry and the sequences take a gradient; the body is called again then, so it makes what else
 * it needs itself. On the graph engine the body is recorded once, on the eager one run step after step.
 *
 * Shapes: every x has T at `axis`; every y of the body gains T at `axis`; the carry keeps its shapes.
 * State: differentiable in the carry and the sequences; disposes nothing.
 *
 * @returns the last carry, and the ys with their time axis.
 * @throws ShapeError when there is no sequence, or they differ in length.
 */
export function scan(body, initial, sequences, axis) {
    const T = lengthOf(sequences, axis);
    return inChunks(loopBackend(), body, initial, sequences, { axis, T });
}
/** Whole chunks first, then what is left over as one shorter chunk. */
function inChunks(backend, body, initial, sequences, { axis, T }) {
    const C = Math.ceil(Math.sqrt(T));
    const whole = Math.floor(T / C) * C;
    const part = (from, size) => sequences.map((x) => sliceTime(x, axis, from, size));
    const first = recomputingScan(backend, body, initial, part(0, whole), { axis, C });
    if (whole === T)
        return first;
    const rest = recomputingScan(backend, body, first.carry, part(whole, T - whole), { axis, C: T - whole });
    return { carry: rest.carry, ys: first.ys.map((y, i) => tf.concat([y, ...rest.ys.slice(i, i + 1)], axis)) };
}
function sliceTime(x, axis, from, size) {
    if (from === 0 && size === x.shape[axis])
        return x;
    const begin = x.shape.map((_, i) => (i === axis ? from : 0));
    return tf.slice(x, begin, x.shape.with(axis, size));
}
function lengthOf(sequences, axis) {
    const lengths = sequences.map((sequence) => sequence.shape[axis]);
    const T = lengths[0];
    if (T === undefined || lengths.some((length) => length !== T)) {
        throw new ShapeError(`scan: expected sequences of one length along axis ${axis}, got [${lengths.join(',')}]`);
    }
    return T;
}
