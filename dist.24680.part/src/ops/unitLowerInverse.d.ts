import { type Tensor } from '../core/tf.js';
/**
 * The inverse of a unit lower triangular matrix.
 *
 *   Y = (I + tril(A, -1))^{-1}
 *
 * Only the part of A strictly below the diagonal is read. Blocks of s are merged to blocks of 2s,
 * [[a,0],[c,d]]^{-1} = [[a',0],[-d' c a', d']], which in float32 stays within 1e-6 of the true inverse where
 * summing powers of A loses every digit (equal keys).
 *
 * Shapes: A, Y `[..,C,C]`.
 * State: pure; differentiable; disposes nothing.
 * Source: the gradient of an inverse, Y = X^{-1}: dX = -Y^T dY Y^T.
 */
export declare const unitLowerInverse: ((a: Tensor) => Tensor) & {
    readonly kernel: string;
};
