import { tf, type Tensor } from '../core/tf.js';
import { defineOp } from './defineOp.js';

type Inputs = { readonly x: Tensor };

/**
 * Matrices of finite numbers transposed. An engine may take the product with the identity, which spreads a number that
 * is not finite along its row.
 *
 *   y_n = x_nᵀ
 *
 * Shapes: [N,A,B] -> [N,B,A].
 */
export const transposeMatrices: ((inputs: Inputs) => Tensor) & { readonly kernel: string } = defineOp({
  name: 'PavlovTransposeMatrices',
  differentiable: ['x'],
  define: ({ x }: Inputs) => tf.transpose(x, [0, 2, 1]),
  gradient: (dy) => ({ x: transposeMatrices({ x: dy }) }),
});
