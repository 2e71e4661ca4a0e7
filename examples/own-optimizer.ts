import { tf, type Optimizer } from 'pavlov-lm';

/**
 * Lion: every number of a weight moves by the learning rate, in the direction of a sign.
 *
 *   c = beta1 m + (1 - beta1) g        w' = keep w - rate sign(c)        m' = beta2 m + (1 - beta2) g
 */
const lion: Optimizer = {
  name: 'lion',
  title: 'Lion: the sign of an interpolated momentum',
  source: 'Chen et al. 2023, arXiv:2302.06675, algorithm 2',
  slots: () => ['m'],
  update({ info, weight, gradient, slots: { m } }, { gradientScale, rate, keep }, { beta1, beta2 }) {
    if (!m) throw new Error("expected the slot 'm'");
    const g = tf.mul(gradient, gradientScale);
    const direction = tf.sign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
    const kept = info.decayed ? tf.mul(weight, keep) : weight;
    return {
      weight: tf.sub(kept, tf.mul(direction, rate)),
      slots: { m: tf.add(tf.mul(m, beta2), tf.mul(g, 1 - beta2)) },
    };
  },
};

export default lion;
