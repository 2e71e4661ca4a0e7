import { tf } from '../core/tf.js';
/** Order of the numbers in the tensor that carries them into a compiled update. */
const ORDER = ['rate', 'adamRate', 'adamEpsilon', 'keep', 'inverseTotal'];
/**
 * The numbers of one update, computed in float64:
 * [rate, rate sqrt(1 - beta2^t) / (1 - beta1^t), epsilon sqrt(1 - beta2^t), 1 - rate weightDecay, 1 / totalWeight].
 *
 * @param t number of this update, from 1.
 * @param totalWeight sum of the weights of all targets of the batch; the loss is their mean.
 */
export function updateNumbers({ beta1, beta2, epsilon, weightDecay }, { t, rate, totalWeight }) {
    const second = Math.sqrt(1 - beta2 ** t);
    return Float32Array.of(rate, (rate * second) / (1 - beta1 ** t), epsilon * second, 1 - rate * weightDecay, 1 / totalWeight);
}
/** The numbers as scalar tensors; `gradientScale` is still without clipping. */
export function unpackScalars(numbers) {
    const at = (name) => tf.reshape(tf.slice(numbers, [ORDER.indexOf(name)], [1]), []);
    return {
        rate: at('rate'),
        adamRate: at('adamRate'),
        adamEpsilon: at('adamEpsilon'),
        keep: at('keep'),
        gradientScale: at('inverseTotal'),
    };
}
/**
 * The scale that keeps the global norm of the gradient within a limit, and that norm before clipping.
 *
 *   norm = scale sqrt(sum of all squared);  clipped = scale min(1, limit / norm)
 *
 * Shapes: `squared` of any shapes, results scalar. State: disposes nothing.
 * Source: Pascanu et al. 2013, arXiv:1211.5063, algorithm 1.
 */
export function clipGlobalNorm(squared, scale, limit) {
    const sums = squared.map((one) => tf.sum(one));
    const norm = tf.mul(tf.sqrt(tf.sum(tf.stack(sums))), scale);
    if (limit === null)
        return { norm, scale };
    return { norm, scale: tf.mul(scale, tf.minimum(tf.div(limit, norm), 1)) };
}
