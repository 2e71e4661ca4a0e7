import { type Scalar, type Tensor, type Tensor1D } from '../core/tf.js';
import type { OptimizerSettings, UpdateScalars } from './contract.js';
/**
 * The numbers of one update, computed in float64:
 * [rate, rate sqrt(1 - beta2^t) / (1 - beta1^t), epsilon sqrt(1 - beta2^t), 1 - rate weightDecay, 1 / totalWeight].
 *
 * @param t number of this update, from 1.
 * @param totalWeight sum of the weights of all targets of the batch; the loss is their mean.
 */
export declare function updateNumbers({ beta1, beta2, epsilon, weightDecay }: OptimizerSettings, { t, rate, totalWeight }: {
    readonly t: number;
    readonly rate: number;
    readonly totalWeight: number;
}): Float32Array;
/** The numbers as scalar tensors; `gradientScale` is still without clipping. */
export declare function unpackScalars(numbers: Tensor1D): UpdateScalars;
/**
 * The scale that keeps the global norm of the gradient within a limit, and that norm before clipping.
 *
 *   norm = scale sqrt(sum of all squared);  clipped = scale min(1, limit / norm)
 *
 * Shapes: `squared` of any shapes, results scalar. State: disposes nothing.
 * Source: Pascanu et al. 2013, arXiv:1211.5063, algorithm 1.
 */
export declare function clipGlobalNorm(squared: readonly Tensor[], scale: Scalar, limit: number | null): {
    readonly norm: Scalar;
    readonly scale: Scalar;
};
