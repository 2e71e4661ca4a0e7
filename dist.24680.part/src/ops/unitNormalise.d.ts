import { type Tensor } from '../core/tf.js';
/** Added to the squared length, so that a zero vector stays zero and its gradient finite. */
export declare const UNIT_EPSILON = 0.000001;
/**
 * Vectors of the last axis scaled to unit length; a zero vector stays zero.
 *
 *   y = x / sqrt(sum(x^2) + epsilon)
 *
 * Shapes: any of rank 1 or more, kept.
 */
export declare const unitNormalise: (<T extends Tensor>(x: T, epsilon?: number) => T) & {
    readonly kernel: string;
};
