import { unitLowerInverse } from '../ops/unitLowerInverse.js';
import { numberParam } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import { affineScan } from '../chunks/affineScan.js';
import type { Associated } from '../chunks/association.js';
import { blockChunks, fromBlocks, intoBlocks } from '../chunks/blocks.js';
import { decayedMix, decayedScores, wholeChunk } from '../chunks/channelOps.js';
import { chunksOf, joinVectors, momentsOf, splitInputs, splitVectors } from '../chunks/chunks.js';
import type { LearningRule, SequenceInput } from './contract.js';
import { correctInChunks } from '../chunks/correction.js';
import { correctionChunks } from '../chunks/correctionChunks.js';
import { channelCourse, keyDecay } from '../chunks/keyDecay.js';
import { asFactor, associate, decayed, emptyMemory, recall, recallKey, signalOf } from './memory.js';
import { joinGroups, queriesPerMemory, queryGroups } from '../chunks/queryGroups.js';

/**
 * Oja's subspace rule with the value as the activity of the output units: a value forgets the keys it had.
 *
 *   S_t = S~_t + beta_t v_t (k_t - phi S~_t^T v_t)^T        o_t = S_t q_t
 *
 * With phi 1 it is error correction in the other direction: the key is predicted from the value.
 *
 * Chunk form: error correction of the transposed memory, read at phi v, written to at beta v, taught k; its
 * errors P are the keys written. Where the decay is per key channel it acts on the content, so the inverse has
 * none, and it is put on afterwards, L per channel:
 *
 *   X = (I + tril(phi beta V V^T, -1))^{-1}    U_i = sum_j X_ij L_ij k_j    P = U - (X phi V S) fromStart
 */
export const oja: LearningRule = {
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
    const phi = numberParam(params, 'forgetting');
    const lesson = { read: tf.mul(xs.v, phi), write: tf.mul(xs.v, asFactor(signalOf(xs, 'beta'))) };
    const start = state && transposed(state.S);
    const { outputs, final } =
      xs.logDecay?.rank === 4
        ? correctChannels(start, xs, xs.logDecay, lesson, chunkSize)
        : queriesPerMemory(xs) > 1
          ? correctAndRead(start, xs, lesson, chunkSize)
          : correctTokens(start, xs, lesson, chunkSize);
    return { outputs, state: { S: transposed(final) } };
  },
};

/** phi v and beta v, `[B,H,T,V]`: what the transposed memory is read at, and written to. */
interface Lesson {
  readonly read: Tensor;
  readonly write: Tensor;
}

function correctTokens(
  start: Tensor | undefined,
  xs: SequenceInput,
  lesson: Lesson,
  chunkSize: number,
): Associated {
  const chunks = chunksOf(xs.k.shape[2] ?? 0, chunkSize);
  const { q, k: content } = splitInputs(xs, chunks);
  const [k, w] = [splitVectors(lesson.read, chunks), splitVectors(lesson.write, chunks)];
  const inputs = { q, k, w, v: content, ...momentsOf(xs), state: start };
  const { outputs, final } = correctionChunks(inputs, chunks, 'address');
  return { outputs: joinVectors(outputs, chunks), final };
}

/** With any number of queries a memory. */
function correctAndRead(
  start: Tensor | undefined,
  xs: SequenceInput,
  lesson: Lesson,
  chunkSize: number,
): Associated {
  const decay = keyDecay(xs, chunkSize);
  const { chunks } = decay;
  const queries = queryGroups(xs).map((q) => splitVectors(q, chunks));
  const k = splitVectors(xs.k, chunks);
  const [read, write] = [splitVectors(lesson.read, chunks), splitVectors(lesson.write, chunks)];
  const { errors, starts, final } = correctInChunks(decay, { read, write, content: k }, start);
  const outputs = queries.map((q) => {
    const local = tf.matMul(decay.scores(q, errors), write);
    return joinVectors(starts ? tf.add(local, tf.matMul(decay.fromStart(q), starts)) : local, chunks);
  });
  return { outputs: joinGroups(outputs), final };
}

/** With the log decays `[B,H,T,K]` of each key channel. */
function correctChannels(
  start: Tensor | undefined,
  xs: SequenceInput,
  logDecay: Tensor,
  lesson: Lesson,
  chunkSize: number,
): Associated {
  const [B = 0, H = 0, T = 0, K = 0] = xs.k.shape;
  const V = xs.v.shape[3] ?? 0;
  const chunks = blockChunks(T, chunkSize);
  const queries = queryGroups(xs).map((q) => intoBlocks(q, chunks));
  const blocks = [xs.k, lesson.read, lesson.write].map((x) => intoBlocks(x, chunks));
  const [k, read, write] = blocks as [Tensor, Tensor, Tensor]; // of three
  const course = channelCourse('logs', logDecay, xs, chunks);
  const { begin, end, total } = wholeChunk(course);
  const X = unitLowerInverse(tf.matMul(read, write, false, true));
  const U = decayedMix(X, k, course);
  const W = tf.matMul(X, read);
  const perChunk = (x: Tensor): Tensor => tf.reshape(x, [B, H, chunks.N, ...x.shape.slice(1)]);
  const moves = {
    transitions: perChunk(tf.sub(tf.eye(V), tf.matMul(W, write, true, false))),
    factors: tf.reshape(total, [B, H, chunks.N, K, 1]),
  };
  const writes = perChunk(tf.matMul(tf.mul(U, end), write, true, false));
  const { starts, final } = affineScan(moves, writes, start);
  const before = starts && tf.reshape(starts, [B * H * chunks.N, K, V]);
  const errors = before ? tf.sub(U, tf.mul(tf.matMul(W, before, false, true), begin)) : U;
  const outputs = queries.map((q) => {
    const local = tf.matMul(decayedScores(q, errors, course), write);
    const all = before ? tf.add(local, tf.matMul(tf.mul(q, begin), before)) : local;
    return fromBlocks(all, [B, H], chunks);
  });
  return { outputs: joinGroups(outputs), final };
}

/** `[B,H,V,K]` to `[B,H,K,V]` and back. */
function transposed(S: Tensor): Tensor {
  return tf.transpose(S, [0, 1, 3, 2]);
}
