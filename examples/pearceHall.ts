import { associate, decayed, emptyMemory, fieldOf, numberParam, recall, signalOf, tf } from 'pavlov-lm';
import type { LearningRule } from 'pavlov-lm';

/** The delta rule with an associability: a memory learns fast after surprise, and slowly what it knows. */
const pearceHall: LearningRule = {
  name: 'pearce-hall',
  title: 'Pearce-Hall, learning from surprise',
  equation:
    'S_t = S~_t + beta_t a_{t-1} e_t k_t^T, e_t = v_t - S~_t k_t, a_t = average of |e|^2 / (V + |e|^2)',
  source:
    'As defined here: Pearce and Hall 1980, one associability a head, with the error of the delta rule.',
  signals: { beta: { low: 0, high: 1, initial: 0.5, meaning: 'share of the error that is corrected' } },
  params: {
    gamma: { default: 0.3, range: [0, 1], doc: 'how fast associability follows surprise; 0: delta rule' },
  },
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  stability: {
    quantity: 'beta a |k|^2',
    bound: 2,
    measure: (x, state) => {
      const strength = tf.mul(signalOf(x, 'beta'), tf.squeeze(fieldOf(state, 'a'), [2]));
      return tf.mul(strength, tf.sum(tf.square(x.k), 2)); // [B,H]
    },
  },
  initState: (dims) => ({ S: emptyMemory(dims), a: tf.ones([dims.B, dims.H, 1]) }),
  step(state, x, params) {
    const [a, gamma] = [fieldOf(state, 'a'), numberParam(params, 'gamma')];
    const before = decayed(state.S, x.logDecay); // S~ [B,H,V,K]
    const error = tf.sub(x.v, recall(before, x.k)); // [B,H,V]
    const strength = tf.mul(tf.expandDims(signalOf(x, 'beta'), 2), a); // [B,H,1]
    const S = associate(before, tf.mul(error, strength), x.k);
    const size = tf.mean(tf.square(error), 2, true); // [B,H,1]
    const surprise = tf.div(size, tf.add(size, 1));
    const after = tf.add(tf.mul(a, 1 - gamma), tf.mul(surprise, gamma));
    return { output: recall(S, x.q), state: { S, a: after } };
  },
};

export default pearceHall;
