import { tf, type Tensor } from '../core/tf.js';
import { affineScan } from './affineScan.js';
import type { Associated } from './association.js';
import { blockChunks, fromBlocks, intoBlocks, scaled } from './blocks.js';
import { decayedMix, decayedScores, wholeChunk } from './channelOps.js';
import type { SequenceInput } from '../rules/contract.js';
import { channelCourse } from './keyDecay.js';
import { joinGroups, queryGroups } from './queryGroups.js';

/** What is left of the memory before each write, at least one of: per key channel, per value channel. */
export interface AxisDecays {
  /** Log decays `[B,H,T,K]`; B may be 1. */
  readonly keys?: Tensor | undefined;
  /** Factors of any sign `[B,H,T,V]`; B may be 1. */
  readonly values?: Tensor | undefined;
}

/**
 * A memory that only decays and is added to, each channel by its own factors, in chunks.
 *
 *   S_t = (b_t a_t^T) (.) S_{t-1} + v_t k_t^T        o_t = S_t q_t
 *
 * a are the factors per key channel, b those per value channel; absent: one. Inside a chunk the weight of token j
 * at token i is L^b_ij (sum_x q_ix k_jx L^a_ijx), L as in `channelTree`.
 *
 * Shapes: as in `runRule`; v is what is written, documents restart the memory, a log decay is not looked at.
 */
export function channelAssociation(
  S: Tensor | undefined,
  xs: SequenceInput,
  decays: AxisDecays,
  chunkSize: number,
): Associated {
  const [B = 0, H = 0, T = 0, K = 0] = xs.k.shape;
  const V = xs.v.shape[3] ?? 0;
  const chunks = blockChunks(T, chunkSize);
  const queries = queryGroups(xs).map((q) => intoBlocks(q, chunks));
  const [k, v] = [intoBlocks(xs.k, chunks), intoBlocks(xs.v, chunks)];
  const keys = decays.keys && channelCourse('logs', decays.keys, xs, chunks);
  const values = decays.values && channelCourse('factors', decays.values, xs, chunks);
  const [across, down] = [keys && wholeChunk(keys), values && wholeChunk(values)];
  const local = queries.map((q) => {
    const scores = keys ? decayedScores(q, k, keys) : tf.matMul(q, k, false, true);
    return values ? decayedMix(scores, v, values) : tf.matMul(scores, v);
  });
  const writes = tf.matMul(scaled(v, down?.end), scaled(k, across?.end), true, false);
  const { starts, final } = affineScan(
    { factors: scaleOf(across?.total, down?.total, [B, H, chunks.N]) },
    tf.reshape(writes, [B, H, chunks.N, V, K]),
    S,
  );
  const flat = starts && tf.reshape(starts, [B * H * chunks.N, V, K]);
  const outputs = queries.map((q, g) => {
    const written = local[g] as Tensor; // one a group
    const read = flat && tf.matMul(scaled(q, across?.begin), flat, false, true);
    return fromBlocks(read ? tf.add(written, scaled(read, down?.begin)) : written, [B, H], chunks);
  });
  return { outputs: joinGroups(outputs), final };
}

/** What is left of a state across a chunk: `[B,H,N,V,K]`, with 1 for an axis without factors. */
function scaleOf(keys: Tensor | undefined, values: Tensor | undefined, shape: readonly number[]): Tensor {
  const across = keys && tf.reshape(keys, [...shape, 1, -1]);
  const down = values && tf.reshape(values, [...shape, -1, 1]);
  return across && down ? tf.mul(down, across) : ((across ?? down) as Tensor); // at least one is given
}
