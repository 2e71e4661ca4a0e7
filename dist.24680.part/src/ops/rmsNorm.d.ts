import { type Tensor } from '../core/tf.js';
/**
 * Root-mean-square normalisation over the last axis, without gain: a gain is folded into the matrix that
 * follows, which is smaller than the activations.
 *
 *   y = x / sqrt(mean(x^2) + epsilon)
 *
 * Shapes: any of rank 1 or more, kept.
 * Source: Zhang and Sennrich 2019, arXiv:1910.07467.
 */
export declare const rmsNorm: (<T extends Tensor>(x: T, epsilon: number) => T) & {
    readonly kernel: string;
};
