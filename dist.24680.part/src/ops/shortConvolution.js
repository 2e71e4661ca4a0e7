import { assertShape } from '../core/shapes.js';
import { tf } from '../core/tf.js';
import { defineOp } from './defineOp.js';
import { segmentsOf } from './segments.js';
/** Moves the last axis by `lag` to later times (to earlier ones when negative); zeros enter. */
function shifted(x, lag) {
    const T = x.shape.at(-1) ?? 0;
    const kept = T - Math.abs(lag);
    if (lag === 0)
        return x;
    if (kept <= 0)
        return tf.zerosLike(x);
    const others = x.shape.slice(0, -1);
    const part = tf.slice(x, [...others.map(() => 0), Math.max(0, -lag)], [...others, kept]);
    const unpadded = others.map(() => [0, 0]);
    return tf.pad(part, [...unpadded, [Math.max(0, lag), Math.max(0, -lag)]]);
}
/** Zero where the token `lag` before is of another document; x [B,E,T], segments [B,T]. */
function masked(x, segments, lag) {
    if (!segments || lag === 0)
        return x;
    // Zeros enter from the left, where the shifted sequence is zero too: what they equal does not matter.
    const same = tf.cast(tf.equal(shifted(segments, lag), segments), 'float32');
    return tf.mul(x, tf.expandDims(same, 1));
}
/** The weights `[E,1]` of the tap that reads `lag` tokens back. */
function tap(w, lag) {
    const [E = 0, taps = 0] = w.shape;
    return tf.slice(w, [0, taps - 1 - lag], [E, 1]);
}
const lagsOf = (taps) => Array.from({ length: taps }, (_, lag) => lag);
const sumOf = (terms) => terms.reduce((a, b) => tf.add(a, b));
/** The gradient of `shortConvolution` by the input. */
export const convolutionInputGradient = defineOp({
    name: 'PavlovShortConvolutionInputGradient',
    define: ({ dy, w, segments }) => sumOf(lagsOf(w.shape[1] ?? 0).map((lag) => shifted(tf.mul(masked(dy, segments, lag), tap(w, lag)), -lag))),
});
/** The gradient of `shortConvolution` by the weights. */
export const convolutionWeightGradient = defineOp({
    name: 'PavlovShortConvolutionWeightGradient',
    define: ({ dy, x, segments }, { taps }) => {
        const columns = lagsOf(taps).map((lag) => tf.sum(tf.mul(masked(dy, segments, lag), shifted(x, lag)), [0, 2]));
        return tf.stack(columns.reverse(), 1);
    },
});
/**
 * Causal depthwise convolution over time, channels before time: every channel is a weighted sum of its own last
 * tokens.
 *
 *   y_t = sum_i w_i x_(t - taps + 1 + i)      (a tap that would read another document or before the row gives 0)
 *
 * Shapes: x [B,E,T], w [E,taps], documents [B,T] int32 -> [B,E,T].
 * @throws ShapeError when they do not fit.
 */
export const shortConvolution = defineOp({
    name: 'PavlovShortConvolution',
    differentiable: ['x', 'w'],
    define: ({ x, w, segments }) => sumOf(lagsOf(w.shape[1] ?? 0).map((lag) => tf.mul(masked(shifted(x, lag), segments, lag), tap(w, lag)))),
    gradient: (dy, { x, w, segments }) => ({
        x: convolutionInputGradient({ dy, w, segments }),
        w: convolutionWeightGradient({ dy, x, segments }, { taps: w.shape[1] ?? 0 }),
    }),
    call: (apply) => (x, w, documents) => {
        const sizes = {};
        assertShape(x, ['B', 'E', 'T'], sizes, 'shortConvolution: x');
        assertShape(w, ['E', 'taps'], sizes, 'shortConvolution: w');
        if (documents)
            assertShape(documents, ['B', 'T'], sizes, 'shortConvolution: documents');
        return apply({ x, w, segments: documents && segmentsOf(documents) }); // same shape as x
    },
});
/**
 * The last output of `shortConvolution` on one window.
 *
 * Shapes: window [B,E,taps], w [E,taps] -> [B,E].
 */
export function shortConvolutionStep(window, w) {
    return tf.sum(tf.mul(window, w), 2);
}
