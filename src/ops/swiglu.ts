import { applyOp, type CustomOp } from './customOp.js';
import { tf, type Tensor } from '../core/tf.js';
import { tensorAt } from './tensorAt.js';

/** Kernel of `swiglu`. */
export const swigluOp: CustomOp<{ readonly gate: Tensor; readonly x: Tensor }, Record<string, never>> = {
  name: 'PavlovSwiglu',
  differentiable: ['gate', 'x'],
  define: ({ gate, x }) => [tf.mul(tf.mul(gate, tf.sigmoid(gate)), x)],
  gradient: (dys, { gate, x }, outputs) => {
    const dy = tensorAt(dys, 0);
    const s = tf.sigmoid(gate);
    const y = tf.mul(gate, s);
    // x (s + y (1 - s)) with the output y x in place of a product of its own.
    const out = tensorAt(outputs, 0);
    return [tf.mul(dy, tf.add(tf.mul(s, tf.sub(x, out)), out)), tf.mul(dy, y)];
  },
};

/**
 * A value multiplied by the SiLU of its gate.
 *
 *   y = silu(gate) x
 *
 * Shapes: gate and x the same, kept.
 * Source: Shazeer 2020, arXiv:2002.05202.
 */
export function swiglu<T extends Tensor>(gate: Tensor, x: T): T {
  // The output has the input's shape, hence its rank type.
  return applyOp(swigluOp, { gate, x }, {})[0] as T;
}
