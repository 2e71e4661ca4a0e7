import { applyOp, type CustomOp } from './customOp.js';
import { required } from '../core/required.js';
import { assertShape, type Sizes } from '../core/shapes.js';
import { tf, type Tensor, type Tensor3D } from '../core/tf.js';

type NoAttributes = Record<string, never>;

/** `[B,T,X]` as a matrix `[B*T,X]`. */
function flat(x: Tensor): Tensor {
  return tf.reshape(x, [-1, x.shape[2] ?? 0]);
}

const channelsLast = (y: Tensor): Tensor => tf.transpose(y, [0, 2, 1]);

/** Kernel of the gradient by the tokens: `dx = dyᵀ Wᵀ`. */
export const projectionInputGradientOp: CustomOp<{ readonly dy: Tensor; readonly W: Tensor }, NoAttributes> =
  {
    name: 'PavlovChannelProjectionInputGradient',
    differentiable: [],
    define: ({ dy, W }) => {
      const [B = 0, , T = 0] = dy.shape;
      return [tf.reshape(tf.matMul(flat(channelsLast(dy)), W, false, true), [B, T, W.shape[0] ?? 0])];
    },
  };

/** Kernel of the gradient by the matrix: `dW = sum_b x_bᵀ dy_bᵀ`. */
export const projectionWeightGradientOp: CustomOp<{ readonly dy: Tensor; readonly x: Tensor }, NoAttributes> =
  {
    name: 'PavlovChannelProjectionWeightGradient',
    differentiable: [],
    define: ({ dy, x }) => [tf.matMul(flat(x), flat(channelsLast(dy)), true, false)],
  };

/** Kernel of `channelProjection`. */
export const channelProjectionOp: CustomOp<{ readonly x: Tensor; readonly W: Tensor }, NoAttributes> = {
  name: 'PavlovChannelProjection',
  differentiable: ['x', 'W'],
  define: ({ x, W }) => {
    const [B = 0, T = 0] = x.shape;
    return [channelsLast(tf.reshape(tf.matMul(flat(x), W), [B, T, W.shape[1] ?? 0]))];
  },
  gradient: ([given], { x, W }) => {
    const dy = required(given, 'a gradient');
    return [
      ...applyOp(projectionInputGradientOp, { dy, W }, {}),
      ...applyOp(projectionWeightGradientOp, { dy, x }, {}),
    ];
  },
};

/**
 * A matrix applied to every token, with the channels of the result before time, as a convolution over time
 * wants them.
 *
 *   y_b = (x_b W)ᵀ
 *
 * Shapes: x [B,T,D], W [D,E] -> [B,E,T].
 * @throws ShapeError when they do not fit.
 */
export function channelProjection(x: Tensor, W: Tensor): Tensor3D {
  const sizes: Sizes = {};
  assertShape(x, ['B', 'T', 'D'], sizes, 'channelProjection: x');
  assertShape(W, ['D', 'E'], sizes, 'channelProjection: W');
  return applyOp(channelProjectionOp, { x, W }, {})[0] as Tensor3D; // [B,E,T]
}
