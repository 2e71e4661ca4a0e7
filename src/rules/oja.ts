import { numberParam } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import { correctInChunks } from '../chunks/correction.js';
import type { LearningRule } from './contract.js';
import { asFactor, associate, decayed, emptyMemory, recall, recallKey, signalOf } from './memory.js';

/**
 * Oja's subspace rule with the value as the activity of the output units: a value forgets the keys it had.
 *
 *   S_t = S~_t + beta_t v_t (k_t - phi S~_t^T v_t)^T        o_t = S_t q_t
 *
 * With phi 1 it is error correction in the other direction: the key is predicted from the value.
 *
 * Chunk form: `correctInChunks` of the transposed memory, read at phi v, written to at beta v, its content k; its
 * errors are the keys written.
 */
export const oja = {
  name: 'oja',
  title: "Oja's subspace rule",
  equation: 'S_t = S~_t + beta_t v_t (k_t - phi S~_t^T v_t)^T',
  source:
    "Oja 1989. As defined here, the value takes the place of the unit's own response. With phi = 1 and a decay " +
    'per head it is the gated Oja rule of flash-linear-attention (fla/ops/gated_oja_rule), which can also decay ' +
    'value channels. Irie et al. 2022, arXiv:2206.01649, use Hebbian, Oja and delta rules as fast weights in ' +
    'continuous time.',
  reductions: [
    'plain association with forgetting = 0',
    'the delta rule of the transposed memory, keys and values exchanged, with forgetting = 1',
  ],
  signals: {
    beta: {
      low: 0,
      high: 1,
      initial: 0.5,
      meaning: 'write strength, and how fast a value forgets its old keys',
    },
  },
  params: {
    forgetting: {
      default: 1,
      range: [0, 1],
      doc: 'phi, the fraction of its old keys that a value forgets; 0 is plain association',
    },
  },
  normalise: { q: 'scaled', k: 'none', v: 'unit' },
  stability: {
    quantity: 'phi beta |v|^2',
    bound: 2,
    anyOrder: true,
    measure: (x, _state, params) => {
      const phi = numberParam(params, 'forgetting');
      return tf.mul(tf.mul(signalOf(x, 'beta'), phi), tf.sum(tf.square(x.v), 2));
    },
  },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x, params) {
    const before = decayed(state.S, x.logDecay);
    const forgotten = tf.mul(recallKey(before, x.v), numberParam(params, 'forgetting'));
    const write = tf.mul(x.v, asFactor(signalOf(x, 'beta')));
    const S = associate(before, write, tf.sub(x.k, forgotten));
    return { output: recall(S, x.q), state: { S } };
  },
  channelChunk: true,
  sharedReads: true,
  chunk(state, xs, params, chunkSize) {
    const inputs = {
      read: tf.mul(xs.v, numberParam(params, 'forgetting')),
      write: tf.mul(xs.v, asFactor(signalOf(xs, 'beta'))),
      content: xs.k,
    };
    const start = state && transposed(state.S);
    const { outputs, final } = correctInChunks(start, xs, inputs, 'content', chunkSize);
    return { outputs, state: { S: transposed(final) } };
  },
} satisfies LearningRule;

/** `[B,H,V,K]` to `[B,H,K,V]` and back. */
function transposed(S: Tensor): Tensor {
  return tf.transpose(S, [0, 1, 3, 2]);
}
