import { tf, type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';
import { chunkDecay, chunksFor, factorDecay, UNDECAYED } from './decay.js';
import { asColumn, join, joinGroups, powerOfTwoChunks, queryGroups, split } from './layout.js';
import { affineScan } from './scan.js';

/** Outputs `[B,H,T,V]` and the memory after the last token `[B,H,V,K]`. */
export interface ChunkedResult {
  readonly outputs: Tensor;
  readonly final: Tensor;
}

/**
 * A memory that only decays and is added to, in chunks.
 *
 *   S_t = (b_t a_t^T) (.) S_{t-1} + v_t k_t^T        o_t = S_t q_t
 *
 * a is the decay, per token or per key channel; b are factors per value channel, of any sign; absent: one. With L^a
 * and L^b what they leave inside a chunk, S the state at its start, and without b:
 *
 *   O = fromStart Q S^T + (Q K^T (.) L) V        S' = interChunk S + V^T (toEnd K)
 *
 * Shapes: as in `runRule`; v is what is written · value factors `[B,H,T,V]` · S `[B,H,V,K]`, absent for an empty
 * memory.
 * Source: Yang et al. 2023, arXiv:2312.06635, section 4; the states by a scan over chunks.
 */
export function associateInChunks(
  S: Tensor | undefined,
  xs: SequenceInput,
  chunkSize: number,
  valueFactors?: Tensor,
): ChunkedResult {
  const chunks = valueFactors ? powerOfTwoChunks(xs.k.shape[2] ?? 0, chunkSize) : chunksFor(xs, chunkSize);
  const values = valueFactors ? factorDecay(valueFactors, xs, chunks) : UNDECAYED;
  const keys = valueFactors && !xs.logDecay ? UNDECAYED : chunkDecay(xs, chunks);
  const queries = queryGroups(xs).map((q) => split(q, chunks));
  const [k, v] = [split(xs.k, chunks), split(xs.v, chunks)];
  const local = queries.map((q) => values.mix(keys.scores(q, k), v));
  const writes = tf.matMul(values.toEnd(v), keys.toEnd(k), true, false);
  const { starts, final } = affineScan({ factors: outer(values.interChunk, keys.interChunk) }, writes, S);
  const outputs = queries.map((q, g) => {
    const written = local[g] as Tensor; // one per group
    if (!starts) return written;
    return tf.add(written, values.fromStart(tf.matMul(keys.fromStart(q), starts, false, true)));
  });
  return { outputs: joinGroups(outputs.map((o) => join(o, chunks))), final };
}

/** Factors of a state `[..,V,K]` from those of its values `[..,1,V]` and of its keys `[..,1,K]`. */
export function outer(values: Tensor | undefined, keys: Tensor | undefined): Tensor | undefined {
  const down = values && asColumn(values);
  return down && keys ? tf.mul(down, keys) : (down ?? keys);
}
