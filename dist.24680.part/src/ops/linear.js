import { sizeOf } from '../core/shapes.js';
import { tf } from '../core/tf.js';
/**
 * A matrix applied to the last axis, as one rank-2 product.
 *
 * Shapes: x [...,D], W [D,E] -> [...,E].
 */
export function linear(x, W) {
    const D = W.shape[0] ?? 0;
    const flat = x.rank === 2 ? x : tf.reshape(x, [sizeOf(x.shape) / D, D]);
    const y = tf.matMul(flat, W);
    return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), W.shape[1] ?? 0]);
}
/**
 * A matrix that first multiplies its input by a gain.
 *
 *   (x gain) W = x (diag(gain) W)
 *
 * Shapes: gain [D], W [D,E] -> [D,E].
 */
export function foldGain(gain, W) {
    return tf.mul(tf.expandDims(gain, 1), W);
}
