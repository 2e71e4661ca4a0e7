import { tf, type Tensor } from '../core/tf.js';
import type { LearningRule, RuleState, TokenInput } from './contract.js';
import { asFactor, associate, decayed, emptyMemory, recall, signalOf } from './memory.js';

/** What `q` reads of the rows that are asked. */
function read({ S }: RuleState, { q }: TokenInput): Tensor {
  return recall(tf.softmax(S), q);
}

/**
 * Error correction by factors: every value channel is a distribution over key channels, and forgetting is relative to
 * the uniform one.
 *
 *   W = softmax(S), each row over its keys      e_t = v_t - W~_t k_t, W~ that of S~
 *   S_t = S~_t + beta_t e_t k_t^T        o_t = W_t q_t
 *
 * S are logits, so that an empty memory is uniform: W_t = softmax(a ln W_{t-1} + beta e k^T) for a decay a per head.
 */
export const memora = {
  name: 'memora',
  title: 'Memora, rows on the simplex',
  equation: 'S_t = S~_t + beta_t (v_t - softmax(S~_t) k_t) k_t^T, o_t = softmax(S_t) q_t',
  source:
    'Behrouz et al. 2025, arXiv:2504.13173 (Miras), the variant MEMORA with a linear memory and the exact gradient of ' +
    'every token; Kivinen and Warmuth 1997 (exponentiated gradient). The logits are the state; the decay of the gate ' +
    'multiplies them.',
  signals: {
    beta: { low: 0, high: 'maxBeta', initial: 0.5, meaning: 'write strength' },
  },
  params: {
    maxBeta: {
      default: 4,
      range: [1, 16],
      doc: 'upper bound of beta; logits need larger steps than weights',
    },
  },
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const before = decayed(state.S, x.logDecay);
    const error = tf.sub(x.v, recall(tf.softmax(before), x.k));
    const after = { S: associate(before, tf.mul(error, asFactor(signalOf(x, 'beta'))), x.k) };
    return { output: read(after, x), state: after };
  },
  read,
} satisfies LearningRule;
