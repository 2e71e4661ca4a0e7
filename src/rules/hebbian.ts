import { tf } from '../core/tf.js';
import { associateInChunks } from '../chunks/association.js';
import type { LearningRule } from './contract.js';
import { asFactor, associate, decayed, emptyMemory, recall, signalOf } from './memory.js';

/**
 * Hebbian association: what fires together is wired together, whatever is already known.
 *
 *   S_t = S~_t + beta_t v_t k_t^T        o_t = S_t q_t
 */
export const hebbian = {
  name: 'hebbian',
  title: 'Hebbian',
  equation: 'S_t = S~_t + beta_t v_t k_t^T',
  source:
    'Hebb 1949; Schlag et al. 2021, arXiv:2102.11174. Equation 17 of the latter, without normalising the ' +
    'read-out. With a decay it is RetNet (arXiv:2307.08621) or the memory of Mamba-2 (arXiv:2405.21060).',
  reductions: [
    'linear attention without its normaliser, without a decay',
    'RetNet with a fixed decay per head; Mamba-2 with a decay per head and token; gated linear attention with a decay per key channel',
  ],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'write strength' },
  },
  params: {},
  normalise: { q: 'scaled', k: 'none', v: 'none' },
  onnx: 'linear',
  channelChunk: true,
  sharedReads: true,
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const write = tf.mul(x.v, asFactor(signalOf(x, 'beta')));
    const S = associate(decayed(state.S, x.logDecay), write, x.k);
    return { output: recall(S, x.q), state: { S } };
  },
  chunk(state, xs, _params, chunkSize) {
    const write = tf.mul(xs.v, asFactor(signalOf(xs, 'beta')));
    const { outputs, final } = associateInChunks(state?.S, { ...xs, v: write }, chunkSize);
    return { outputs, state: { S: final } };
  },
} satisfies LearningRule;
