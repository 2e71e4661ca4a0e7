import { tf, type DecayGate } from 'pavlov-lm';

/**
 * A decay that each head learns, and that no token changes:
 *
 *   log alpha_t = log sigmoid(b) = -softplus(-b)        b trained, one per head
 */
const learned: DecayGate = {
  name: 'learned',
  title: 'A decay that is learned, one per head',
  equation: 'alpha_t = sigmoid(b)',
  source: 'As defined here: the decay of RetNet (Sun et al. 2023, arXiv:2307.08621), trained.',
  params: {
    start: { default: 0.97, range: [0.5, 0.999], doc: 'the decay of every head before training' },
  },
  columns: () => 0,
  weights: ({ H }, { start }) => {
    const bias = Math.log(Number(start) / (1 - Number(start)));
    return [{ name: 'bias', shape: [H], initial: () => new Float32Array(H).fill(bias) }];
  },
  logDecay({ T }, { bias }, { H }) {
    if (!bias) throw new Error("expected the weight 'bias'");
    return tf.tile(tf.reshape(tf.neg(tf.softplus(tf.neg(bias))), [1, H, 1]), [1, 1, T]);
  },
};

export default learned;
