import { numberParam, type Params } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import type { LearningRule, RuleState, TokenInput } from './contract.js';
import { asFactor, associate, decayed, emptyMemory, recall, signalOf } from './memory.js';

/** Added under roots and to norms: of a smooth absolute value, and of a memory that is still empty. */
const EPSILON = 1e-6;

/** The memory that is asked, `S / ||S||_q^(q-2)`: the q-norm over all of a head's numbers. */
function asked(S: Tensor, params: Params): Tensor {
  const q = numberParam(params, 'retention');
  const powers = tf.sum(tf.pow(tf.add(tf.square(S), EPSILON), q / 2), [2, 3], true);
  return tf.div(S, tf.pow(powers, (q - 2) / q));
}

/** What `q` reads of the memory that is asked. */
function read({ S }: RuleState, { q }: TokenInput, params: Params): Tensor {
  return recall(asked(S, params), q);
}

/**
 * The gradient of an error to the power p, with a memory that is kept small in another norm than the square one.
 *
 *   W = S / ||S||_q^(q-2)      e_t = v_t - W~_t k_t, W~ that of S~
 *   S_t = S~_t + beta_t e_t |e_t|^(p-2) k_t^T        o_t = W_t q_t
 */
export const moneta = {
  name: 'moneta',
  title: 'Moneta, errors and memory in other norms',
  equation: 'S_t = S~_t + beta_t e_t |e_t|^(p-2) k_t^T, e_t = v_t - W~_t k_t, W = S / ||S||_q^(q-2)',
  source:
    'Behrouz et al. 2025, arXiv:2504.13173 (Miras), the variant MONETA with a linear memory and the exact gradient of ' +
    'every token; sign and absolute value are smooth, as there, and the factor p of the gradient is part of beta.',
  reductions: ['the delta rule with p = 2 and q = 2'],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'write strength' },
  },
  params: {
    power: { default: 3, range: [2, 4], doc: 'p, the power of the error that is made small' },
    retention: { default: 4, range: [2, 4], doc: 'q, the norm in which the memory is kept small' },
  },
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x, params) {
    const before = decayed(state.S, x.logDecay);
    const error = tf.sub(x.v, recall(asked(before, params), x.k));
    const size = tf.pow(tf.add(tf.square(error), EPSILON), numberParam(params, 'power') / 2 - 1);
    const write = tf.mul(tf.mul(error, size), asFactor(signalOf(x, 'beta')));
    const after = { S: associate(before, write, x.k) };
    return { output: read(after, x, params), state: after };
  },
  read,
} satisfies LearningRule;
