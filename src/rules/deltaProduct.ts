import { numberParam } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import { correctInChunks } from '../chunks/correction.js';
import { inWriteTime, lastOfEach } from '../chunks/writeTime.js';
import type { LearningRule } from './contract.js';
import { ofEachWrite } from './inputs.js';
import { associate, decayed, emptyMemory, recall, signalOf } from './memory.js';

/**
 * Several corrections per token, each of what the one before left: the transition of a token is a product of n
 * generalised Householder matrices.
 *
 *   S <- S~_t, then for j = 1 .. n: S <- S + beta_j (v_j - S k_j) k_j^T        o_t = S_t q_t
 *
 * Chunk form: the delta rule over n T tokens, of which the first of each n decays and the last is read.
 */
export const deltaProduct = {
  name: 'delta-product',
  title: 'Delta product, several corrections per token',
  equation: 'S_t = S~_t, then for j = 1 .. n: S_t <- S_t + beta_j (v_j - S_t k_j) k_j^T',
  source:
    'Siems et al. 2025, arXiv:2502.10297 (DeltaProduct and Gated DeltaProduct), equation 5. The decay comes before the ' +
    'first write, as in flash-linear-attention (fla/ops/gated_delta_product).',
  reductions: ['the delta rule with writes = 1'],
  signals: {
    beta: {
      low: 0,
      high: 'maxBeta',
      initial: 0.5,
      meaning: 'share of the error that a write corrects',
      width: 'write',
    },
  },
  params: {
    writes: {
      default: 2,
      range: [1, 4],
      whole: true,
      doc: 'n, keys and values written per token; n Householder matrices',
    },
    maxBeta: {
      default: 2,
      range: [1, 2],
      doc: 'upper bound of beta; 2 allows reflections, so that two writes make a rotation',
    },
  },
  writes: 'writes',
  normalise: { q: 'unit', k: 'unit', v: 'none' },
  stability: {
    quantity: 'max_j beta_j |k_j|^2',
    bound: 2,
    anyOrder: true,
    measure: (x, _state, params) => {
      const keys = tf.stack(ofEachWrite(x.k, numberParam(params, 'writes')), 2);
      return tf.max(tf.mul(signalOf(x, 'beta'), tf.sum(tf.square(keys), 3)), 2);
    },
  },
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x, params) {
    const n = numberParam(params, 'writes');
    const [keys, values, betas] = [x.k, x.v, signalOf(x, 'beta')].map((all) => ofEachWrite(all, n));
    const S = (keys ?? []).reduce<Tensor>(
      (before, k, j) => {
        const [v = x.v, beta = k] = [values?.[j], betas?.[j]];
        return associate(before, tf.mul(tf.sub(v, recall(before, k)), beta), k);
      },
      decayed(state.S, x.logDecay),
    );
    return { output: recall(S, x.q), state: { S } };
  },
  channelChunk: true,
  sharedReads: true,
  chunk(state, xs, params, chunkSize) {
    const n = numberParam(params, 'writes');
    const each = inWriteTime(xs, n);
    const beta = tf.reshape(signalOf(xs, 'beta'), [...each.k.shape.slice(0, 3), 1]);
    const inputs = { read: each.k, write: tf.mul(each.k, beta), content: each.v };
    const { outputs, final } = correctInChunks(state?.S, each, inputs, 'address', chunkSize);
    return { outputs: lastOfEach(outputs, n), state: { S: final } };
  },
} satisfies LearningRule;
