import { tf } from '../core/tf.js';
import { chunkDecay, chunksOf, joinVectors, splitColumn, splitInputs } from './chunks.js';
import type { LearningRule } from './contract.js';
import { chunkMoments, fromStart, scaled, toEnd, within } from './decayCourse.js';
import { decayScan } from './decayScan.js';
import { asFactor, associate, decayed, emptyMemory, recall, signalOf } from './memory.js';

/**
 * Hebbian association: what fires together is wired together, whatever is already known.
 *
 *   S_t = S~_t + beta_t v_t k_t^T        o_t = S_t q_t
 *
 * Chunk form, with L the decay inside a chunk and S the state at its start:
 *
 *   O = fromStart Q S^T + (Q K^T (.) L) beta V        S' = across S + (beta V)^T (K toEnd)
 */
export const hebbian: LearningRule = {
  name: 'hebbian',
  title: 'Hebbian',
  equation: 'S_t = S~_t + beta_t v_t k_t^T',
  source:
    'Hebb 1949; as fast weights Schlag et al. 2021, arXiv:2102.11174, equation 17. With a decay it is RetNet ' +
    '(arXiv:2307.08621) or the memory of Mamba-2 (arXiv:2405.21060). No normalisation of the read-out.',
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'write strength' },
  },
  params: {},
  normalise: { q: 'scaled', k: 'none', v: 'none' },
  onnx: 'linear',
  initState: (dims) => ({ S: emptyMemory(dims) }),
  step(state, x) {
    const write = tf.mul(x.v, asFactor(signalOf(x, 'beta')));
    const S = associate(decayed(state.S, x.logDecay), write, x.k);
    return { output: recall(S, x.q), state: { S } };
  },
  chunk(state, xs, _params, chunkSize) {
    const chunks = chunksOf(xs.q.shape[2] ?? 0, chunkSize);
    const course = chunkDecay(xs, chunks);
    const { q, k, v } = splitInputs(xs, chunks);
    const write = tf.mul(v, splitColumn(signalOf(xs, 'beta'), chunks));
    const scores = tf.mul(tf.matMul(q, k, false, true), within(course));
    const local = tf.matMul(scores, write);
    const writes = tf.matMul(write, scaled(k, toEnd(course)), true, false);
    const { starts, final } = decayScan(chunkMoments(course), writes, state?.S);
    const recalled = starts && tf.matMul(scaled(q, fromStart(course)), starts, false, true);
    const outputs = recalled ? tf.add(local, recalled) : local;
    return { outputs: joinVectors(outputs, chunks), state: { S: final } };
  },
};
