import { tf } from '../core/tf.js';
import { defineOp } from './defineOp.js';
/** Added to the squared length, so that a zero vector stays zero and its gradient finite. */
export const UNIT_EPSILON = 1e-6;
function inverseLength(x, { epsilon }) {
    return tf.rsqrt(tf.add(tf.sum(tf.square(x), -1, true), epsilon));
}
/**
 * Vectors of the last axis scaled to unit length; a zero vector stays zero.
 *
 *   y = x / sqrt(sum(x^2) + epsilon)
 *
 * Shapes: any of rank 1 or more, kept.
 */
export const unitNormalise = defineOp({
    name: 'PavlovUnitNormalise',
    differentiable: ['x'],
    define: ({ x }, attrs) => tf.mul(x, inverseLength(x, attrs)),
    gradient: (dy, { x }, y, attrs) => {
        const along = tf.mul(y, tf.sum(tf.mul(dy, y), -1, true));
        return { x: tf.mul(inverseLength(x, attrs), tf.sub(dy, along)) };
    },
    // The output has the input's shape, hence its rank type.
    call: (apply) => (x, epsilon = UNIT_EPSILON) => apply({ x }, { epsilon }),
});
