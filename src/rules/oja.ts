import { numberParam } from '../core/params.js';
import { unitLowerInverse } from '../core/ops/unitLowerInverse.js';
import { tf, type Tensor } from '../core/tf.js';
import { affineScan } from './affineScan.js';
import { chunkDecay, chunksOf, joinVectors, splitColumn, splitInputs } from './chunks.js';
import type { LearningRule } from './contract.js';
import { across, fromStart, scaled, toEnd, within } from './decayCourse.js';
import { asFactor, associate, decayed, emptyMemory, recall, recallKey, signalOf } from './memory.js';

/**
 * Oja's subspace rule with the value as the activity of the output units: a value forgets the keys it had.
 *
 *   S_t = S~_t + beta_t v_t (k_t - phi S~_t^T v_t)^T        o_t = S_t q_t
 *
 * With phi 1 it is error correction in the other direction: the key is predicted from the value.
 *
 * Chunk form, with L the decay inside a chunk and S the state at its start:
 *
 *   A = tril(phi beta V V^T (.) L, -1)    X = (I + A)^{-1}    U = X beta K    W = X (phi beta V fromStart)
 *   P = U - W S        O = fromStart Q S^T + (Q P^T (.) L) V
 *   S'^T = S^T (across I - W^T (V toEnd)) + U^T (V toEnd)
 */
export const oja: LearningRule = {
  name: 'oja',
  title: 'Oja, subspace',
  equation: 'S_t = S~_t + beta_t v_t (k_t - phi S~_t^T v_t)^T',
  source:
    "As defined here: Oja's subspace rule (Oja 1989) with the value in place of the unit's own response. With phi " +
    '1 and a scalar decay it is the gated Oja rule of flash-linear-attention (fla/ops/gated_oja_rule), which also ' +
    'decays value channels; the choices hebb, oja and delta as fast weights in continuous time are those of Irie ' +
    'et al. 2022, arXiv:2206.01649. Hebbian at phi 0; the delta rule with keys and values exchanged at phi 1.',
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
      doc: 'phi, the share of what a value recalls that it forgets; 0 is plain association',
    },
  },
  normalise: { q: 'scaled', k: 'none', v: 'unit' },
  stability: {
    quantity: 'phi beta |v|^2',
    bound: 2,
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
  chunk(state, xs, params, chunkSize) {
    const chunks = chunksOf(xs.q.shape[2] ?? 0, chunkSize);
    const course = chunkDecay(xs, chunks);
    const { q, k, v } = splitInputs(xs, chunks);
    const beta = splitColumn(signalOf(xs, 'beta'), chunks);
    const L = within(course);
    const struck = tf.mul(v, tf.mul(beta, numberParam(params, 'forgetting')));
    const X = unitLowerInverse(tf.mul(tf.matMul(struck, v, false, true), L));
    const U = tf.matMul(X, tf.mul(k, beta));
    const W = tf.matMul(X, scaled(struck, fromStart(course)));
    const lastValues = scaled(v, toEnd(course));
    const kept = scaled(tf.eye(v.shape.at(-1) ?? 0), across(course));
    const { starts, final } = affineScan(
      tf.sub(kept, tf.matMul(W, lastValues, true, false)),
      tf.matMul(U, lastValues, true, false),
      state && transposed(state.S),
    );
    const P = starts ? tf.sub(U, tf.matMul(W, starts, false, true)) : U;
    const local = tf.matMul(tf.mul(tf.matMul(q, P, false, true), L), v);
    const outputs = starts ? tf.add(local, tf.matMul(scaled(q, fromStart(course)), starts)) : local;
    return { outputs: joinVectors(outputs, chunks), state: { S: transposed(final) } };
  },
};

/** `[B,H,V,K]` to `[B,H,K,V]` and back. */
function transposed(S: Tensor): Tensor {
  return tf.transpose(S, [0, 1, 3, 2]);
}
