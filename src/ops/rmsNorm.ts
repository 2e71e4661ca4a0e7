import { applyOp, type CustomOp } from './customOp.js';
import { tf, type Tensor } from '../core/tf.js';
import { tensorAt } from './tensorAt.js';

type Attrs = { readonly epsilon: number };

function inverseRms(x: Tensor, epsilon: number): Tensor {
  return tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
}

/** Kernel of `rmsNorm`. */
export const rmsNormOp: CustomOp<{ readonly x: Tensor }, Attrs> = {
  name: 'PavlovRmsNorm',
  differentiable: ['x'],
  define: ({ x }, { epsilon }) => [tf.mul(x, inverseRms(x, epsilon))],
  gradient: (dys, { x }, outputs, { epsilon }) => {
    const dy = tensorAt(dys, 0);
    const y = tensorAt(outputs, 0);
    const along = tf.mul(y, tf.mean(tf.mul(dy, y), -1, true));
    return [tf.mul(inverseRms(x, epsilon), tf.sub(dy, along))];
  },
};

/**
 * Root-mean-square normalisation over the last axis, without gain: a gain is folded into the matrix that
 * follows, which is smaller than the activations.
 *
 *   y = x / sqrt(mean(x^2) + epsilon)
 *
 * Shapes: any of rank 1 or more, kept.
 * Source: Zhang and Sennrich 2019, arXiv:1910.07467.
 */
export function rmsNorm<T extends Tensor>(x: T, epsilon: number): T {
  // The output has the input's shape, hence its rank type.
  return applyOp(rmsNormOp, { x }, { epsilon })[0] as T;
}
