import { applyOp, type CustomOp } from './customOp.js';
import { tf, type Tensor } from '../core/tf.js';
import { tensorAt } from './tensorAt.js';

type Attrs = { readonly epsilon: number };

/** Added to the squared length, so that a zero vector stays zero and its gradient finite. */
export const UNIT_EPSILON = 1e-6;

function inverseLength(x: Tensor, epsilon: number): Tensor {
  return tf.rsqrt(tf.add(tf.sum(tf.square(x), -1, true), epsilon));
}

/** Kernel of `unitNormalise`. */
export const unitNormaliseOp: CustomOp<{ readonly x: Tensor }, Attrs> = {
  name: 'PavlovUnitNormalise',
  differentiable: ['x'],
  define: ({ x }, { epsilon }) => [tf.mul(x, inverseLength(x, epsilon))],
  gradient: (dys, { x }, outputs, { epsilon }) => {
    const dy = tensorAt(dys, 0);
    const y = tensorAt(outputs, 0);
    const along = tf.mul(y, tf.sum(tf.mul(dy, y), -1, true));
    return [tf.mul(inverseLength(x, epsilon), tf.sub(dy, along))];
  },
};

/**
 * Vectors of the last axis scaled to unit length; a zero vector stays zero.
 *
 *   y = x / sqrt(sum(x^2) + epsilon)
 *
 * Shapes: any of rank 1 or more, kept.
 */
export function unitNormalise<T extends Tensor>(x: T, epsilon = UNIT_EPSILON): T {
  // The output has the input's shape, hence its rank type.
  return applyOp(unitNormaliseOp, { x }, { epsilon })[0] as T;
}
