import { applyOp, type CustomOp } from './customOp.js';
import { tf, type Tensor } from '../core/tf.js';
import { tensorAt } from './tensorAt.js';

/** Kernel of `silu`; its gradient needs only the input. */
export const siluOp: CustomOp<{ readonly x: Tensor }, Record<string, never>> = {
  name: 'PavlovSilu',
  differentiable: ['x'],
  define: ({ x }) => [tf.mul(x, tf.sigmoid(x))],
  gradient: (dys, { x }, outputs) => {
    const dy = tensorAt(dys, 0);
    const y = tensorAt(outputs, 0);
    const s = tf.sigmoid(x);
    return [tf.mul(dy, tf.add(s, tf.mul(y, tf.sub(1, s))))];
  },
};

/**
 * The SiLU activation.
 *
 *   y = x sigmoid(x),   dx = dy (s + y (1 - s)),  s = sigmoid(x)
 *
 * Shapes: any, kept.
 * Source: Elfwing, Uchibe and Doya 2017, arXiv:1702.03118.
 */
export function silu<T extends Tensor>(x: T): T {
  // The output has the input's shape, hence its rank type.
  return applyOp(siluOp, { x }, {})[0] as T;
}
