import { tf, type Tensor } from '../core/tf.js';
import { correctInChunks } from '../chunks/correction.js';
import { inWriteTime, lastOfEach } from '../chunks/writeTime.js';
import { unitNormalise } from '../ops/unitNormalise.js';
import type { LearningRule, TokenInput } from './contract.js';
import { associate, decayed, emptyMemory, recall, signalOf } from './memory.js';

/** What is removed at, what removal is written to, and what the value is written to. */
function keysOf(x: TokenInput): {
  readonly removal: Tensor;
  readonly removed: Tensor;
  readonly written: Tensor;
} {
  const alpha = signalOf(x, 'beta');
  const removal = unitNormalise(tf.mul(x.k, signalOf(x, 'removal')));
  // k (1 + (alpha - 1) m)
  const share = tf.add(1, tf.mul(tf.sub(alpha, 1), signalOf(x, 'replacement')));
  return { removal, removed: tf.mul(alpha, removal), written: tf.mul(x.k, share) };
}

/**
 * Removal at a key of its own, channel by channel, then plain association.
 *
 *   r = unit(xi (.) k_t)      k' = k_t (.) (1 + (alpha_t - 1) (.) m)
 *   S_t = S~_t - (S~_t r) (alpha_t (.) r)^T + v_t k'^T        o_t = S_t q_t
 *
 * alpha is a rate per key channel and token; xi and m are trained, one per key channel. Chunk form: error correction
 * with two writes per token, nothing at r and then the value at k', which nothing is read for.
 */
export const rwkv7 = {
  name: 'rwkv7',
  title: 'RWKV-7, removal at a key of its own',
  equation: "S_t = S~_t - (S~_t r) (alpha_t (.) r)^T + v_t k'^T, r = unit(xi (.) k_t)",
  source:
    'Peng et al. 2025, arXiv:2503.14456 (RWKV-7), the memory alone: without token shift, value residual and bonus. ' +
    'There what is removed is read before the decay, here after it, as in every rule of this project; the two are the ' +
    'same at a decay of 1, and otherwise differ by the decay of the removal key. xi and m lie between 0 and 2.',
  reductions: ['the delta rule with alpha = beta in every channel, xi = 1, m = 1 and unit keys'],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'alpha, the rate in context', width: 'key' },
    removal: {
      low: 0,
      high: 2,
      initial: 0.71,
      meaning: 'xi, weights of the key where something is removed',
      width: 'key',
      constant: true,
    },
    replacement: {
      low: 0,
      high: 2,
      initial: 1.02,
      meaning: 'm, how much the rate scales the key that is written to',
      width: 'key',
      constant: true,
    },
  },
  params: {},
  normalise: { q: 'scaled', k: 'none', v: 'none' },
  stability: {
    quantity: 'sum_j alpha_j r_j^2',
    bound: 2,
    measure: (x) => {
      const { removal, removed } = keysOf(x);
      return tf.sum(tf.mul(removal, removed), 2);
    },
  },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const { removal, removed, written } = keysOf(x);
    const before = decayed(state.S, x.logDecay);
    const left = associate(before, tf.neg(recall(before, removal)), removed);
    const S = associate(left, x.v, written);
    return { output: recall(S, x.q), state: { S } };
  },
  channelChunk: true,
  sharedReads: true,
  chunk(state, xs, _params, chunkSize) {
    const { removal, removed, written } = keysOf(xs);
    const pair = (first: Tensor, second: Tensor): Tensor => tf.concat([first, second], 3);
    const each = inWriteTime({ ...xs, k: pair(removed, written), v: pair(tf.zerosLike(xs.v), xs.v) }, 2);
    const read = tf.reshape(pair(removal, tf.zerosLike(removal)), each.k.shape);
    const inputs = { read, write: each.k, content: each.v };
    const { outputs, final } = correctInChunks(state?.S, each, inputs, 'address', chunkSize);
    return { outputs: lastOfEach(outputs, 2), state: { S: final } };
  },
} satisfies LearningRule;
