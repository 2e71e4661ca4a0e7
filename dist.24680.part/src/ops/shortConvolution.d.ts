import { tf, type Tensor, type Tensor3D } from '../core/tf.js';
type Segments = {
    readonly segments: Tensor | undefined;
};
/** The gradient of `shortConvolution` by the input. */
export declare const convolutionInputGradient: ((inputs: {
    readonly dy: Tensor;
    readonly w: Tensor;
} & Segments) => tf.Tensor<tf.Rank>) & {
    readonly kernel: string;
};
/** The gradient of `shortConvolution` by the weights. */
export declare const convolutionWeightGradient: ((inputs: {
    readonly dy: Tensor;
    readonly x: Tensor;
} & Segments, attrs: {
    readonly taps: number;
}) => tf.Tensor<tf.Rank>) & {
    readonly kernel: string;
};
/**
 * Causal depthwise convolution over time, channels before time: every channel is a weighted sum of its own last
 * tokens.
 *
 *   y_t = sum_i w_i x_(t - taps + 1 + i)      (a tap that would read another document or before the row gives 0)
 *
 * Shapes: x [B,E,T], w [E,taps], documents [B,T] int32 -> [B,E,T].
 * @throws ShapeError when they do not fit.
 */
export declare const shortConvolution: ((x: Tensor, w: Tensor, documents?: Tensor) => Tensor3D) & {
    readonly kernel: string;
};
/**
 * The last output of `shortConvolution` on one window.
 *
 * Shapes: window [B,E,taps], w [E,taps] -> [B,E].
 */
export declare function shortConvolutionStep(window: Tensor, w: Tensor): Tensor;
export {};
