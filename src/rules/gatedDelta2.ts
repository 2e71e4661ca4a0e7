import { tf } from '../core/tf.js';
import { correctInChunks } from '../chunks/correction.js';
import type { LearningRule } from './contract.js';
import { associate, decayed, emptyMemory, recall, signalOf } from './memory.js';

/**
 * Error correction whose erasing and writing have strengths of their own, channel by channel.
 *
 *   S_t = S~_t + (w_t (.) v_t - S~_t (b_t (.) k_t)) k_t^T        o_t = S_t q_t
 *
 * b is a strength per key channel, w one per value channel. Chunk form: `correctInChunks`, read at b (.) k and written
 * to at k.
 */
export const gatedDelta2 = {
  name: 'gated-delta-2',
  title: 'Gated delta 2, erasing and writing channel by channel',
  equation: 'S_t = S~_t + (w_t (.) v_t - S~_t (b_t (.) k_t)) k_t^T',
  source:
    'Gated DeltaNet-2, arXiv:2605.22791, which has a decay per key channel; as in flash-linear-attention ' +
    '(fla/ops/gdn2). Without a decay and with one vector for both it is the delta rule with a vector as its strength.',
  reductions: [
    'the delta rule with b = w = beta in every channel',
    'Kimi Delta Attention with the same and a decay per key channel',
  ],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'w, share of the value that is written', width: 'value' },
    erase: { low: 0, high: 1, initial: 0.5, meaning: 'b, share of the key that erases', width: 'key' },
  },
  params: {},
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  stability: {
    quantity: 'sum_j b_j k_j^2',
    bound: 2,
    measure: (x) => tf.sum(tf.mul(signalOf(x, 'erase'), tf.square(x.k)), 2),
  },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const before = decayed(state.S, x.logDecay);
    const erased = recall(before, tf.mul(signalOf(x, 'erase'), x.k));
    const S = associate(before, tf.sub(tf.mul(signalOf(x, 'beta'), x.v), erased), x.k);
    return { output: recall(S, x.q), state: { S } };
  },
  channelChunk: true,
  sharedReads: true,
  chunk(state, xs, _params, chunkSize) {
    const inputs = {
      read: tf.mul(signalOf(xs, 'erase'), xs.k),
      write: xs.k,
      content: tf.mul(signalOf(xs, 'beta'), xs.v),
    };
    const { outputs, final } = correctInChunks(state?.S, xs, inputs, 'address', chunkSize);
    return { outputs, state: { S: final } };
  },
} satisfies LearningRule;
