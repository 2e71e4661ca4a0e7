import { tf, type Tensor } from '../core/tf.js';
import { associateInChunks } from '../chunks/association.js';
import { decayKind } from '../chunks/decay.js';
import type { LearningRule } from './contract.js';
import { asFactor, associate, decayed, emptyMemory, recall, signalOf } from './memory.js';

/**
 * Oja's rule unit by unit: each output unit forgets in proportion to the square of its own activity.
 *
 *   S_ij <- S~_ij + beta v_i (k_j - v_i S~_ij) = (1 - beta v_i^2) S~_ij + beta v_i k_j        o = S q
 *
 * Each value channel decays by its own factor, whatever the keys: no matrix to invert. The factor may be
 * negative, so the chunk form multiplies factors and takes no logarithm.
 */
export const ojaUnit = {
  name: 'oja-unit',
  title: "Oja's rule per unit",
  equation: 'S_ij,t = S~_ij,t + beta_t v_i (k_j - v_i S~_ij,t)',
  source:
    "Oja 1982. As defined here, each output unit learns alone, and the value takes the place of the unit's own " +
    'response. The chunk form is gated linear attention (Yang et al. 2024, arXiv:2312.06635) with the decay ' +
    '1 - beta v_i^2 on the value axis.',
  reductions: ['oja with forgetting = 1, for a single value channel'],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'write strength, and how fast an active unit forgets' },
  },
  params: {},
  normalise: { q: 'scaled', k: 'none', v: 'unit' },
  stability: {
    quantity: 'beta max_i v_i^2',
    bound: 2,
    anyOrder: true,
    measure: (x) => tf.mul(signalOf(x, 'beta'), tf.max(tf.square(x.v), 2)),
  },
  channelChunk: true,
  sharedReads: true,
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const beta = asFactor(signalOf(x, 'beta'));
    const kept = tf.mul(decayed(state.S, x.logDecay), tf.expandDims(keptShare(x.v, beta), 3));
    const S = associate(kept, tf.mul(x.v, beta), x.k);
    return { output: recall(S, x.q), state: { S } };
  },
  chunk(state, xs, _params, chunkSize) {
    const beta = asFactor(signalOf(xs, 'beta'));
    const { logDecay, k } = xs;
    const written = { ...xs, v: tf.mul(xs.v, beta) };
    const kept = keptShare(xs.v, beta);
    // A decay per token is one more factor of every value channel.
    const perToken = decayKind(logDecay, k.rank) === 'perToken';
    const values = logDecay && perToken ? tf.mul(kept, tf.expandDims(tf.exp(logDecay), 3)) : kept;
    const ofKeys = perToken ? { ...written, logDecay: undefined } : written;
    const { outputs, final } = associateInChunks(state?.S, ofKeys, chunkSize, values);
    return { outputs, state: { S: final } };
  },
} satisfies LearningRule;

/** `1 - beta v_i^2` for each value channel. */
function keptShare(v: Tensor, beta: Tensor): Tensor {
  return tf.sub(1, tf.mul(tf.square(v), beta));
}
