import { tf } from '../core/tf.js';
/**
 * One AdamW update of one weight, with the bias corrections folded into the scalars, so that each tensor is
 * passed over as few times as can be:
 *
 *   m' = beta1 m + (1 - beta1) s g
 *   v' = beta2 v + (1 - beta2) (s g)^2
 *   w' = keep w - adamRate m' / (sqrt(v') + adamEpsilon)
 *
 *   adamRate = rate sqrt(1 - beta2^t) / (1 - beta1^t), adamEpsilon = epsilon sqrt(1 - beta2^t),
 *   keep = 1 - rate weightDecay for weights that decay, else 1
 *
 * which equals w' = keep w - rate mHat / (sqrt(vHat) + epsilon) with mHat = m' / (1 - beta1^t) and
 * vHat = v' / (1 - beta2^t).
 *
 * Shapes: all of the weight's. State: returns new tensors; disposes nothing.
 * Source: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2; the decay is multiplied by the learning
 * rate, as in PyTorch.
 */
function update({ info, weight, gradient, squared, slots }, { gradientScale, adamRate, adamEpsilon, keep }, { beta1, beta2, weightDecay }) {
    const firstScale = tf.mul(gradientScale, 1 - beta1);
    const secondScale = tf.mul(tf.square(gradientScale), 1 - beta2);
    const m = tf.add(tf.mul(slotOf(slots, 'm'), beta1), tf.mul(gradient, firstScale));
    const v = tf.add(tf.mul(slotOf(slots, 'v'), beta2), tf.mul(squared, secondScale));
    const change = tf.mul(tf.div(m, tf.add(tf.sqrt(v), adamEpsilon)), adamRate);
    const kept = info.decayed && weightDecay > 0 ? tf.mul(weight, keep) : weight;
    return { weight: tf.sub(kept, change), slots: { m, v } };
}
/** A slot by name; a missing one is a fault of the program. */
export function slotOf(slots, name) {
    const slot = slots[name];
    if (slot === undefined)
        throw new Error(`optimizer: slot '${name}' is missing`);
    return slot;
}
export const adamw = {
    name: 'adamw',
    title: 'AdamW: Adam with decoupled weight decay',
    source: 'Loshchilov and Hutter 2019, arXiv:1711.05101',
    slots: () => ['m', 'v'],
    update,
};
