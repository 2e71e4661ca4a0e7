import { tf, type Tensor } from '../core/tf.js';
import { correctInChunks } from '../chunks/correction.js';
import { queriesPerMemory } from '../chunks/layout.js';
import type { LearningRule, RuleState, TokenInput } from './contract.js';
import { asFactor, associate, correctedShare, decayed, emptyMemory, recall, signalOf } from './memory.js';
import { repeatedHeads } from './run/sharedQueries.js';

/** The key at which the memory is asked what it knows, `p = d k`. */
function feedbackKey(x: TokenInput): Tensor {
  return tf.mul(x.k, asFactor(signalOf(x, 'feedback')));
}

/** `S (q - D p)` */
function correctedRead({ S }: RuleState, x: TokenInput): Tensor {
  return recall(S, tf.sub(x.q, tf.mul(feedbackKey(x), asFactor(signalOf(x, 'correction')))));
}

/**
 * Closed-loop control: a share of the prediction is fed back into the write, and a share of the key is taken off the
 * query.
 *
 *   S_t = S~_t + beta_t (v_t - S~_t p_t) k_t^T        p_t = d k_t        o_t = S_t (q_t - D p_t)
 *
 * d and D are trained, one per head. Chunk form: `correctInChunks`, read at p and written to at beta k.
 */
export const comba = {
  name: 'comba',
  title: 'Comba, delta with state and output feedback',
  equation: 'S_t = S~_t + beta_t (v_t - d S~_t k_t) k_t^T, o_t = S_t (q_t - D d k_t)',
  source:
    'Hu et al. 2025, arXiv:2506.02475 (Comba), with the scalar decay of its SPLR form. As in flash-linear-attention ' +
    '(fla/ops/comba, fla/layers/comba.py), but D lies between 0 and 1; it starts at 0.02, which the paper takes for ' +
    'small models.',
  reductions: ['hebbian with d = 0', 'the delta rule with d = 1 and D = 0'],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'share of the error that is corrected' },
    feedback: {
      low: 0,
      high: 1,
      initial: 0.73,
      meaning: 'd, the share of the prediction that counts',
      constant: true,
    },
    correction: {
      low: 0,
      high: 1,
      initial: 0.02,
      meaning: 'D, how much of the key the query is corrected by',
      constant: true,
    },
  },
  params: {},
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  stability: {
    quantity: 'd beta |k|^2',
    bound: 2,
    anyOrder: true,
    measure: (x) => tf.mul(correctedShare(x), signalOf(x, 'feedback')),
  },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const before = decayed(state.S, x.logDecay);
    const error = tf.sub(x.v, recall(before, feedbackKey(x)));
    const after = { S: associate(before, tf.mul(error, asFactor(signalOf(x, 'beta'))), x.k) };
    return { output: correctedRead(after, x), state: after };
  },
  read: correctedRead,
  channelChunk: true,
  sharedReads: true,
  chunk(state, xs, _params, chunkSize) {
    const read = feedbackKey(xs);
    const write = tf.mul(xs.k, asFactor(signalOf(xs, 'beta')));
    const taken = tf.mul(read, asFactor(signalOf(xs, 'correction')));
    const asked = { ...xs, q: tf.sub(xs.q, repeatedHeads(taken, queriesPerMemory(xs))) };
    const { outputs, final } = correctInChunks(
      state?.S,
      asked,
      { read, write, content: xs.v },
      'address',
      chunkSize,
    );
    return { outputs, state: { S: final } };
  },
} satisfies LearningRule;
