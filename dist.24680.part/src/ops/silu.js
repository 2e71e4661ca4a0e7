import { tf } from '../core/tf.js';
import { defineOp } from './defineOp.js';
/**
 * The SiLU activation.
 *
 *   y = x sigmoid(x),   dx = dy (s + y (1 - s)),  s = sigmoid(x)
 *
 * Shapes: any, kept.
 * Source: Elfwing, Uchibe and Doya 2017, arXiv:1702.03118.
 */
export const silu = defineOp({
    name: 'PavlovSilu',
    differentiable: ['x'],
    define: ({ x }) => tf.mul(x, tf.sigmoid(x)),
    gradient: (dy, { x }, y) => {
        const s = tf.sigmoid(x);
        return { x: tf.mul(dy, tf.add(s, tf.mul(y, tf.sub(1, s)))) };
    },
    // The output has the input's shape, hence its rank type.
    call: (apply) => (x) => apply({ x }),
});
