import { type Tensor } from '../core/tf.js';
/**
 * The SiLU activation.
 *
 *   y = x sigmoid(x),   dx = dy (s + y (1 - s)),  s = sigmoid(x)
 *
 * Shapes: any, kept.
 * Source: Elfwing, Uchibe and Doya 2017, arXiv:1702.03118.
 */
export declare const silu: (<T extends Tensor>(x: T) => T) & {
    readonly kernel: string;
};
