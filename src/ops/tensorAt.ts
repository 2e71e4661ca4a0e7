import { ShapeError } from '../core/errors.js';
import type { Tensor } from '../core/tf.js';

/**
 * One tensor of a list of outputs or gradients.
 *
 * @throws ShapeError when there is none there: the op was declared with fewer.
 */
export function tensorAt(tensors: readonly (Tensor | undefined)[], index: number): Tensor {
  const tensor = tensors[index];
  if (tensor) return tensor;
  throw new ShapeError(`customOp: expected an output ${index}, got ${tensors.length} outputs`);
}
