import { applyOp, type CustomOp } from './customOp.js';
import { tf, type Tensor } from '../core/tf.js';
import { tensorAt } from './tensorAt.js';

type Inputs = Readonly<{ flags: Tensor; fresh: Tensor; x: Tensor }>;
type Cleared = Readonly<{ flags: Tensor; dy: Tensor }>;
type NoAttributes = Readonly<Record<string, never>>;

/** Flags `[B,1,..]` for tensors of the rank of x. */
function flagsFor(x: Tensor, flags: Tensor): Tensor {
  return tf.reshape(flags, [flags.shape[0] ?? 0, ...new Array<number>(x.rank - 1).fill(1)]);
}

/** The kernel of the gradient of `replaceRows`. */
export const clearRowsOp: CustomOp<Cleared, NoAttributes> = {
  name: 'PavlovClearRows',
  differentiable: [],
  define: ({ flags, dy }) => [tf.where(flags, tf.zerosLike(dy), dy)],
};

/** The kernel of `replaceRows`. */
export const replaceRowsOp: CustomOp<Inputs, NoAttributes> = {
  name: 'PavlovReplaceRows',
  differentiable: ['x'],
  define: ({ flags, fresh, x }) => [tf.where(flags, fresh, x)],
  gradient: (dys, { flags }) => applyOp(clearRowsOp, { flags, dy: tensorAt(dys, 0) }, {}),
};

/**
 * Rows of x, or of `fresh` where they are flagged. Only x takes a gradient: that of `tf.where` in flags of
 * another shape is a slice for every time they are repeated.
 *
 *   y_b = flag_b ? fresh_b : x_b
 *
 * Shapes: flags bool `[B,1]` · fresh, x, y `[B,..]`.
 */
export function replaceRows(flags: Tensor, fresh: Tensor, x: Tensor): Tensor {
  return tensorAt(applyOp(replaceRowsOp, { flags: flagsFor(x, flags), fresh, x }, {}), 0);
}
