import { tf, type Tensor } from '../core/tf.js';
import { scaled } from './blocks.js';
import { channelAssociation } from './channelAssociation.js';
import { chunkDecay, chunksOf, joinVectors, splitVectors } from './chunks.js';
import type { SequenceInput } from '../rules/contract.js';
import { chunkMoments, fromStart, toEnd, within } from './decayCourse.js';
import { decayScan } from './decayScan.js';
import { joinGroups, queryGroups } from './queryGroups.js';

/** Outputs `[B,H,T,V]` and the memory after the last token `[B,H,V,K]`. */
export interface Associated {
  readonly outputs: Tensor;
  readonly final: Tensor;
}

/**
 * A memory that only decays and is added to, in chunks.
 *
 *   S_t = S~_t + w_t k_t^T        o_t = S_t q_t
 *
 * With L the decay inside a chunk and S the state at its start:
 *
 *   O = fromStart Q S^T + (Q K^T (.) L) W        S' = across S + W^T (K toEnd)
 *
 * Shapes: as in `runRule`, the writes W in place of v: `[B,H,T,V]` · S `[B,H,V,K]`, absent for an empty memory.
 */
export function associateInChunks(
  S: Tensor | undefined,
  xs: SequenceInput,
  write: Tensor,
  chunkSize: number,
): Associated {
  if (xs.logDecay?.rank === 4) {
    return channelAssociation(S, { ...xs, v: write }, { keys: xs.logDecay }, chunkSize);
  }
  const chunks = chunksOf(xs.q.shape[2] ?? 0, chunkSize);
  const course = chunkDecay(xs, chunks);
  const queries = queryGroups(xs).map((q) => splitVectors(q, chunks));
  const [k, W] = [splitVectors(xs.k, chunks), splitVectors(write, chunks)];
  const L = within(course);
  const local = queries.map((q) => tf.matMul(tf.mul(tf.matMul(q, k, false, true), L), W));
  const writes = tf.matMul(W, scaled(k, toEnd(course)), true, false);
  const { starts, final } = decayScan(chunkMoments(course), writes, S);
  const begin = starts && fromStart(course);
  const outputs = queries.map((q, g) => {
    const written = local[g] as Tensor; // one a group
    return starts ? tf.add(written, tf.matMul(scaled(q, begin), starts, false, true)) : written;
  });
  return { outputs: joinGroups(outputs.map((o) => joinVectors(o, chunks))), final };
}
