import { tf } from '../core/tf.js';
import type { LearningRule } from './contract.js';
import { asFactor, associate, emptyMemory, forcedResponse, recall, recallKey, signalOf } from './memory.js';

/**
 * Oja's subspace rule with the response of the memory itself, the value as its teacher.
 *
 *   y_t = S~_t k_t + v_t        S_t = S~_t + beta_t y_t (k_t - S~_t^T y_t)^T        o_t = S_t q_t
 *
 * Cubic in S: it runs token by token. With unit keys and values it stays bounded for beta up to about 0.5;
 * at 0.75 some sequences diverge, so that is where the signal ends.
 */
export const ojaResponse = {
  name: 'oja-response',
  title: 'Oja on the response',
  equation: 'S_t = S~_t + beta_t y_t (k_t - S~_t^T y_t)^T, y_t = S~_t k_t + v_t',
  source:
    'Oja 1989. As defined here, the response is y = S~ k + v. Without the value, which acts as a teacher, an empty ' +
    'memory would stay empty.',
  reductions: ['oja, at the first token of an empty memory'],
  signals: {
    beta: { low: 0, high: 0.5, initial: 0.25, meaning: 'write strength, and how fast a response forgets' },
  },
  params: {},
  normalise: { q: 'scaled', k: 'unit', v: 'unit' },
  stability: {
    quantity: 'beta |y|^2',
    bound: 2,
    measure: (x, state) => {
      const { response } = forcedResponse(state, x);
      return tf.mul(signalOf(x, 'beta'), tf.sum(tf.square(response), 2));
    },
  },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const { before, response } = forcedResponse(state, x);
    const write = tf.mul(response, asFactor(signalOf(x, 'beta')));
    const S = associate(before, write, tf.sub(x.k, recallKey(before, response)));
    return { output: recall(S, x.q), state: { S } };
  },
} satisfies LearningRule;
