import { tf } from '../core/tf.js';
import { defineOp } from './defineOp.js';
function inverseRms(x, { epsilon }) {
    return tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
}
/**
 * Root-mean-square normalisation over the last axis, without gain: a gain is folded into the matrix that
 * follows, which is smaller than the activations.
 *
 *   y = x / sqrt(mean(x^2) + epsilon)
 *
 * Shapes: any of rank 1 or more, kept.
 * Source: Zhang and Sennrich 2019, arXiv:1910.07467.
 */
export const rmsNorm = defineOp({
    name: 'PavlovRmsNorm',
    differentiable: ['x'],
    define: ({ x }, attrs) => tf.mul(x, inverseRms(x, attrs)),
    gradient: (dy, { x }, y, attrs) => {
        const along = tf.mul(y, tf.mean(tf.mul(dy, y), -1, true));
        return { x: tf.mul(inverseRms(x, attrs), tf.sub(dy, along)) };
    },
    // The output has the input's shape, hence its rank type.
    call: (apply) => (x, epsilon) => apply({ x }, { epsilon }),
});
