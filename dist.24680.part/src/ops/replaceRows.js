import { tf } from '../core/tf.js';
import { defineOp } from './defineOp.js';
/** The gradient of `replaceRows`: zero in the rows that were replaced. */
export const clearRows = defineOp({
    name: 'PavlovClearRows',
    define: ({ flags, dy }) => tf.where(flags, tf.zerosLike(dy), dy),
});
/**
 * Rows of x, or of `fresh` where they are flagged. Only x takes a gradient: that of `tf.where` in flags of
 * another shape is a slice for every time they are repeated.
 *
 *   y_b = flag_b ? fresh_b : x_b
 *
 * Shapes: flags bool `[B,1]` · fresh, x, y `[B,..]`.
 */
export const replaceRows = defineOp({
    name: 'PavlovReplaceRows',
    differentiable: ['x'],
    define: ({ flags, fresh, x }) => tf.where(flags, fresh, x),
    gradient: (dy, { flags }) => ({ x: clearRows({ flags, dy }) }),
    call: (apply) => (flags, fresh, x) => {
        const wide = tf.reshape(flags, [flags.shape[0] ?? 0, ...new Array(x.rank - 1).fill(1)]);
        return apply({ flags: wide, fresh, x });
    },
});
