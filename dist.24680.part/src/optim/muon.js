import { tf } from '../core/tf.js';
import { adamw, slotOf } from './adamw.js';
/** Coefficients of the odd polynomial a x + b x^3 + c x^5 that pulls singular values towards 1. */
const POLYNOMIAL = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;
/** Keeps the first division finite for a gradient of zero. */
const TINY = 1e-7;
/**
 * The nearest (semi-)orthogonal matrix, roughly: the singular vectors of the input with singular values
 * between about 0.7 and 1.2.
 *
 *   X = G / |G|_F;  five times: A = X X^T, X = a X + (b A + c A A) X
 *
 * Shapes: [M,N] to [M,N]; the smaller side is the one squared. State: disposes nothing.
 * Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks", zeropower_via_newtonschulz5.
 */
export function orthogonalise(gradient) {
    const [rows, columns] = gradient.shape;
    const tall = rows > columns;
    const [a, b, c] = POLYNOMIAL;
    let x = tf.div(gradient, tf.add(tf.sqrt(tf.sum(tf.square(gradient))), TINY));
    for (let i = 0; i < ITERATIONS; i++) {
        const gram = tf.matMul(x, x, tall, !tall); // [min(M,N), min(M,N)]
        const step = tf.add(tf.mul(gram, b), tf.mul(tf.matMul(gram, gram), c));
        x = tf.add(tf.mul(x, a), tall ? tf.matMul(x, step) : tf.matMul(step, x));
    }
    return x;
}
/**
 * One Muon update of a hidden matrix; other weights take AdamW's.
 *
 *   m' = mu m + s g;  u = s g + mu m'                      (Nesterov)
 *   w' = keep w - rate 0.2 sqrt(max(M, N)) orthogonalise(u)
 *
 * The factor gives an update the root mean square of AdamW's, so that both share learning rate and decay.
 * Source: Jordan et al. 2024 (Muon); Liu et al. 2025, arXiv:2502.16982, equation 4 (factor and decay).
 */
function update(input, scalars, settings) {
    const { info, weight, gradient, slots } = input;
    if (!info.matrix)
        return adamw.update(input, scalars, settings);
    const { momentum, weightDecay } = settings;
    const scaled = tf.mul(gradient, scalars.gradientScale);
    const m = tf.add(tf.mul(slotOf(slots, 'm'), momentum), scaled);
    const direction = orthogonalise(tf.add(scaled, tf.mul(m, momentum)));
    const factor = 0.2 * Math.sqrt(Math.max(...info.shape));
    const change = tf.mul(direction, tf.mul(scalars.rate, factor));
    const kept = info.decayed && weightDecay > 0 ? tf.mul(weight, scalars.keep) : weight;
    return { weight: tf.sub(kept, change), slots: { m } };
}
export const muon = {
    name: 'muon',
    title: 'Muon for hidden matrices, AdamW for the rest',
    source: 'Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982',
    slots: (info) => (info.matrix ? ['m'] : adamw.slots(info)),
    update,
};
