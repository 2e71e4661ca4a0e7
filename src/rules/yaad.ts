import { tf } from '../core/tf.js';
import type { LearningRule } from './contract.js';
import { asFactor, associate, correctedShare, decayed, emptyMemory, recall, signalOf } from './memory.js';

/** The least length that an error is divided by. */
const LEAST = 1e-6;

/**
 * Error correction that no single error can sway far: the gradient of Huber's loss.
 *
 *   e_t = v_t - S~_t k_t      e'_t = e_t min(1, delta_t / |e_t|)
 *   S_t = S~_t + beta_t e'_t k_t^T        o_t = S_t q_t
 */
export const yaad = {
  name: 'yaad',
  title: 'Yaad, delta with bounded errors',
  equation: 'S_t = S~_t + beta_t min(1, delta_t / |e_t|) e_t k_t^T, e_t = v_t - S~_t k_t',
  source:
    'Behrouz et al. 2025, arXiv:2504.13173 (Miras), the variant YAAD with a linear memory and the exact gradient of ' +
    'every token; Huber 1964. The retention is the decay of the gate.',
  reductions: ['the delta rule with a threshold above every error'],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'share of the bounded error that is corrected' },
    threshold: {
      low: 0,
      high: 'maxThreshold',
      initial: 1,
      meaning: 'delta, the length that longer errors are cut to',
    },
  },
  params: {
    maxThreshold: { default: 4, range: [2, 1e6], doc: 'upper bound of the threshold' },
  },
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  stability: {
    quantity: 'beta |k|^2',
    bound: 2,
    anyOrder: true,
    measure: correctedShare,
  },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const before = decayed(state.S, x.logDecay);
    const error = tf.sub(x.v, recall(before, x.k));
    const length = tf.sqrt(tf.add(tf.sum(tf.square(error), 2), LEAST ** 2));
    const threshold = signalOf(x, 'threshold');
    const share = tf.div(threshold, tf.maximum(threshold, length));
    const S = associate(before, tf.mul(error, asFactor(tf.mul(share, signalOf(x, 'beta')))), x.k);
    return { output: recall(S, x.q), state: { S } };
  },
} satisfies LearningRule;
