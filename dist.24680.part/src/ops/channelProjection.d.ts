import { tf, type Tensor, type Tensor3D } from '../core/tf.js';
/** The gradient of `channelProjection` by the tokens: `dx = dyᵀ Wᵀ`. */
export declare const projectionInputGradient: ((inputs: {
    readonly dy: Tensor;
    readonly W: Tensor;
}) => tf.Tensor<tf.Rank>) & {
    readonly kernel: string;
};
/** The gradient of `channelProjection` by the matrix: `dW = sum_b x_bᵀ dy_bᵀ`. */
export declare const projectionWeightGradient: ((inputs: {
    readonly dy: Tensor;
    readonly x: Tensor;
}) => tf.Tensor<tf.Rank>) & {
    readonly kernel: string;
};
/**
 * A matrix applied to every token, with the channels of the result before time, as a convolution over time
 * wants them.
 *
 *   y_b = (x_b W)ᵀ
 *
 * Shapes: x [B,T,D], W [D,E] -> [B,E,T].
 * @throws ShapeError when they do not fit.
 */
export declare const channelProjection: ((x: Tensor, W: Tensor) => Tensor3D) & {
    readonly kernel: string;
};
