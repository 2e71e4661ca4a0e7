import { tf, type Scalar, type Tensor, type Tensor1D } from '../core/tf.js';
type Inputs = {
    readonly x: Tensor;
    readonly table: Tensor;
    readonly targets: Tensor;
    readonly weights: Tensor;
};
/**
 * Cross-entropy of the softmax of `x tableᵀ`, together with the gradients of the weighted sum of it, so that
 * the logits are never kept for a backward pass.
 *
 *   nats_n = log sum_c exp(x_n . table_c) - x_n . table_(targets_n)
 *   dX, dTable = gradients of sum_n weights_n nats_n
 *
 * Shapes: x [N,D], table [vocabulary,D], targets [N] int32, weights [N].
 * Units: nats. Not differentiable itself: see `linearCrossEntropySum`.
 * @throws ShapeError when they do not fit.
 */
export declare const linearCrossEntropy: ((inputs: Inputs) => {
    nats: Tensor1D;
    dX: tf.Tensor<tf.Rank>;
    dTable: tf.Tensor<tf.Rank>;
}) & {
    readonly kernel: string;
};
/**
 * Sum of weights times nats, differentiable in `x` and `table`.
 *
 * Shapes: as `linearCrossEntropy` -> scalar. Units: nats.
 */
export declare function linearCrossEntropySum(x: Tensor, table: Tensor, targets: Tensor, weights: Tensor): Scalar;
/**
 * Cross-entropy of each target, without gradients being prepared.
 *
 * Shapes: x [N,D], table [vocabulary,D], targets [N] int32 -> [N]. Units: nats.
 */
export declare function linearNats(x: Tensor, table: Tensor, targets: Tensor): Tensor1D;
export {};
