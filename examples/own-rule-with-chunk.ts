import {
  asFactor,
  associate,
  associateInChunks,
  decayed,
  emptyMemory,
  recall,
  signalOf,
  tf,
  type LearningRule,
} from 'pavlov-lm';

/**
 * A Hebbian rule that large values cannot swamp: what is written is the value, squashed.
 *
 *   S_t = S~_t + beta_t tanh(v_t) k_t^T        o_t = S_t q_t
 *
 * What is written depends on the token alone and not on S, so S is a decayed sum of what was written before. That is
 * what `associateInChunks` computes, many tokens at a time.
 */
const squashedHebb: LearningRule = {
  name: 'squashed-hebb',
  title: 'Hebbian with squashed values',
  equation: 'S_t = S~_t + beta_t tanh(v_t) k_t^T',
  source: 'As defined here: Hebb 1949, with a bounded value.',
  signals: { beta: { low: 0, high: 1, initial: 0.5, meaning: 'write strength' } },
  params: {},
  normalise: { q: 'scaled', k: 'none', v: 'none' },
  channelChunk: true,
  sharedReads: true,
  initState: (dims) => ({ S: emptyMemory(dims) }),
  // The definition: one token, x.v [B,H,V], beta [B,H].
  step(state, x) {
    const write = tf.mul(tf.tanh(x.v), asFactor(signalOf(x, 'beta')));
    const S = associate(decayed(state.S, x.logDecay), write, x.k);
    return { output: recall(S, x.q), state: { S } };
  },
  // The same for a sequence: xs.v [B,H,T,V], beta [B,H,T]; `associateInChunks` takes what is written as v.
  chunk(state, xs, _params, chunkSize) {
    const write = tf.mul(tf.tanh(xs.v), asFactor(signalOf(xs, 'beta')));
    const { outputs, final } = associateInChunks(state?.S, { ...xs, v: write }, chunkSize);
    return { outputs, state: { S: final } };
  },
};

export default squashedHebb;
