import { type Tensor } from './tf.js';
/**
 * The slices of a tensor along an axis, which they no longer have.
 *
 * `tf.unstack` with a gradient for one slice too: tfjs gives it one tensor there and expects a list.
 */
export declare function unstack(x: Tensor, axis: number): Tensor[];
