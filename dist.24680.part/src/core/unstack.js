import { tf } from './tf.js';
/**
 * The slices of a tensor along an axis, which they no longer have.
 *
 * `tf.unstack` with a gradient for one slice too: tfjs gives it one tensor there and expects a list.
 */
export function unstack(x, axis) {
    return x.shape[axis] === 1 ? [tf.squeeze(x, [axis])] : tf.unstack(x, axis);
}
