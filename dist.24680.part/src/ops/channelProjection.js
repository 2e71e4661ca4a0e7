import { assertShape } from '../core/shapes.js';
import { tf } from '../core/tf.js';
import { defineOp } from './defineOp.js';
/** `[B,T,X]` as a matrix `[B*T,X]`. */
const flat = (x) => tf.reshape(x, [-1, x.shape[2] ?? 0]);
const channelsLast = (y) => tf.transpose(y, [0, 2, 1]);
/** The gradient of `channelProjection` by the tokens: `dx = dyᵀ Wᵀ`. */
export const projectionInputGradient = defineOp({
    name: 'PavlovChannelProjectionInputGradient',
    define: ({ dy, W }) => {
        const [B = 0, , T = 0] = dy.shape;
        return tf.reshape(tf.matMul(flat(channelsLast(dy)), W, false, true), [B, T, W.shape[0] ?? 0]);
    },
});
/** The gradient of `channelProjection` by the matrix: `dW = sum_b x_bᵀ dy_bᵀ`. */
export const projectionWeightGradient = defineOp({
    name: 'PavlovChannelProjectionWeightGradient',
    define: ({ dy, x }) => tf.matMul(flat(x), flat(channelsLast(dy)), true, false),
});
/**
 * A matrix applied to every token, with the channels of the result before time, as a convolution over time
 * wants them.
 *
 *   y_b = (x_b W)ᵀ
 *
 * Shapes: x [B,T,D], W [D,E] -> [B,E,T].
 * @throws ShapeError when they do not fit.
 */
export const channelProjection = defineOp({
    name: 'PavlovChannelProjection',
    differentiable: ['x', 'W'],
    define: ({ x, W }) => {
        const [B = 0, T = 0] = x.shape;
        return channelsLast(tf.reshape(tf.matMul(flat(x), W), [B, T, W.shape[1] ?? 0]));
    },
    gradient: (dy, { x, W }) => ({
        x: projectionInputGradient({ dy, W }),
        W: projectionWeightGradient({ dy, x }),
    }),
    call: (apply) => (x, W) => {
        const sizes = {};
        assertShape(x, ['B', 'T', 'D'], sizes, 'channelProjection: x');
        assertShape(W, ['D', 'E'], sizes, 'channelProjection: W');
        return apply({ x, W }); // [B,E,T]
    },
});
