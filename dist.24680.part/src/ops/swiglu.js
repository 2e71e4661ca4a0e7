import { tf } from '../core/tf.js';
import { defineOp } from './defineOp.js';
/**
 * A value multiplied by the SiLU of its gate.
 *
 *   y = silu(gate) x
 *
 * Shapes: gate and x the same, kept.
 * Source: Shazeer 2020, arXiv:2002.05202.
 */
export const swiglu = defineOp({
    name: 'PavlovSwiglu',
    differentiable: ['gate', 'x'],
    define: ({ gate, x }) => tf.mul(tf.mul(gate, tf.sigmoid(gate)), x),
    gradient: (dy, { gate, x }, y) => {
        const s = tf.sigmoid(gate);
        // x (s + silu (1 - s)) with the output y = silu x in place of a product of its own.
        return {
            gate: tf.mul(dy, tf.add(tf.mul(s, tf.sub(x, y)), y)),
            x: tf.mul(dy, tf.mul(gate, s)),
        };
    },
    // The output has the input's shape, hence its rank type.
    call: (apply) => (gate, x) => apply({ gate, x }),
});
