import { tf, type Tensor } from '../core/tf.js';
import { defineOp } from './defineOp.js';

interface Inputs extends Readonly<Record<string, Tensor>> {
  readonly H: Tensor;
  readonly ridge: Tensor;
  readonly b: Tensor;
}

type Attributes = { readonly iterations: number };

/** Divisors are kept above this, so that a system that is solved stays so. */
const LEAST = 1e-30;

/** `(H + H^T) / 2` of matrices `[..,K,K]`. */
export function symmetric(H: Tensor): Tensor {
  const { rank } = H;
  const swapped = H.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  return tf.mul(tf.add(H, tf.transpose(H, swapped)), 0.5);
}

/**
 * Solutions of symmetric positive systems by conjugate gradients from zero, `iterations` steps of them.
 *
 * Shapes: b `[..,K]`; `times` gives `A x` for x of the same shape -> `[..,K]`.
 * Source: Hestenes and Stiefel 1952.
 */
export function conjugateGradients(times: (x: Tensor) => Tensor, b: Tensor, iterations: number): Tensor {
  const dot = (x: Tensor, y: Tensor): Tensor => tf.sum(tf.mul(x, y), x.rank - 1, true);
  let x = tf.zerosLike(b);
  let [residual, direction, size] = [b, b, dot(b, b)];
  for (let i = 0; i < iterations; i++) {
    const image = times(direction);
    const step = tf.div(size, tf.maximum(dot(direction, image), LEAST));
    x = tf.add(x, tf.mul(direction, step));
    residual = tf.sub(residual, tf.mul(image, step));
    const next = dot(residual, residual);
    direction = tf.add(residual, tf.mul(direction, tf.div(next, tf.maximum(size, LEAST))));
    size = next;
  }
  return x;
}

function solution({ H, ridge, b }: Inputs, { iterations }: Attributes): Tensor {
  const A = symmetric(H);
  const times = (x: Tensor): Tensor =>
    tf.add(tf.squeeze(tf.matMul(A, tf.expandDims(x, 3)), [3]), tf.mul(ridge, x));
  return conjugateGradients(times, b, iterations);
}

/**
 * The solution of a symmetric positive system by conjugate gradients.
 *
 *   x = ((H + H^T) / 2 + Diag(ridge))^{-1} b
 *
 * The gradient is that of the exact solution: with w the solution for dx, db = w, dridge = -w x, dH = -(w x^T + x w^T) / 2.
 *
 * Shapes: H `[B,H,K,K]`, without negative eigenvalues · ridge, above 0, and b `[B,H,K]` -> `[B,H,K]`.
 * State: pure; disposes nothing.
 * Source: Hestenes and Stiefel 1952.
 */
export const ridgeSolve = defineOp({
  name: 'PavlovRidgeSolve',
  differentiable: ['H', 'ridge', 'b'],
  define: solution,
  gradient: (dx, { H, ridge }, x, attrs) => {
    const w = solution({ H, ridge, b: dx }, attrs);
    const product = tf.mul(tf.expandDims(w, 3), tf.expandDims(x, 2));
    return { H: tf.neg(symmetric(product)), ridge: tf.neg(tf.mul(w, x)), b: w };
  },
  call:
    (apply) =>
    (H: Tensor, ridge: Tensor, b: Tensor, iterations: number): Tensor =>
      apply({ H, ridge, b }, { iterations }),
});
