import { tf } from '../core/tf.js';
import type { LearningRule } from './contract.js';
import { asFactor, associate, emptyMemory, forcedResponse, recall, signalOf } from './memory.js';
import { slideThreshold, thresholdOf, THRESHOLD_PARAMS } from './slidingThreshold.js';

/**
 * Bienenstock, Cooper and Munro's rule with the response of the memory itself, the value as its teacher.
 *
 *   y_t = S~_t k_t + v_t      S_t = S~_t + beta_t (y_t (.) (y_t - theta_{t-1})) k_t^T
 *   theta_t = rho theta_{t-1} + (1 - rho) y_t^2      o_t = S_t q_t
 *
 * Threshold and memory drive each other: it runs token by token. The threshold must outrun the memory, so
 * beta is small: with unit keys and values, equal keys and rho 0.9 it stays bounded up to 0.05, and diverges
 * for some sequences at 0.1.
 */
export const bcmResponse = {
  name: 'bcm-response',
  title: 'BCM on the response',
  equation:
    'S_t = S~_t + beta_t (y_t (.) (y_t - theta_{t-1})) k_t^T, y_t = S~_t k_t + v_t, theta = average of y^2',
  source:
    'Bienenstock, Cooper and Munro 1982. As defined here, the response is y = S~ k + v. Without the value, which ' +
    'acts as a teacher, an empty memory would stay empty.',
  reductions: ['association of v^2 at the first token of an empty memory'],
  signals: {
    beta: { low: 0, high: 0.05, initial: 0.025, meaning: 'write strength' },
  },
  params: THRESHOLD_PARAMS,
  normalise: { q: 'scaled', k: 'unit', v: 'unit' },
  stability: {
    quantity: 'beta |k|^2 max_i |2 y_i - theta_i|',
    bound: 2,
    measure: (x, state) => {
      const { response } = forcedResponse(state, x);
      const slope = tf.max(tf.abs(tf.sub(tf.mul(response, 2), thresholdOf(state))), 2);
      return tf.mul(tf.mul(signalOf(x, 'beta'), slope), tf.sum(tf.square(x.k), 2));
    },
  },
  initState: (dims) => ({ S: emptyMemory(dims), theta: tf.zeros([dims.B, dims.H, dims.V]) }),
  step(state, x, params) {
    const theta = thresholdOf(state);
    const { before, response } = forcedResponse(state, x);
    const phi = tf.mul(response, tf.sub(response, theta));
    const S = associate(before, tf.mul(phi, asFactor(signalOf(x, 'beta'))), x.k);
    const after = { S, theta: slideThreshold(theta, tf.square(response), params) };
    return { output: recall(S, x.q), state: after };
  },
} satisfies LearningRule;
