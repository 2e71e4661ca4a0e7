import { type Tensor } from '../core/tf.js';
/**
 * A matrix applied to the last axis, as one rank-2 product.
 *
 * Shapes: x [...,D], W [D,E] -> [...,E].
 */
export declare function linear(x: Tensor, W: Tensor): Tensor;
/**
 * A matrix that first multiplies its input by a gain.
 *
 *   (x gain) W = x (diag(gain) W)
 *
 * Shapes: gain [D], W [D,E] -> [D,E].
 */
export declare function foldGain(gain: Tensor, W: Tensor): Tensor;
