import { constantMatrix } from '../ops/constantMatrix.js';
import { unitLowerInverse } from '../ops/unitLowerInverse.js';
import { tf, type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';
import { factorDecay, tokenDecay } from './decay.js';
import { join, joinGroups, powerOfTwoChunks, queryGroups, scaled, split, type Chunks } from './layout.js';
import { affineScan } from './scan.js';

/** A memory and the momentum of what is written to it, `[B,H,V,K]` each. */
interface MemoryPair {
  readonly S: Tensor;
  readonly Z: Tensor;
}

/** At each token what is written to, a multiple of the key, `[B,H,T,K]`, and what is kept of the momentum `[B,H,T]`. */
interface MomentumInputs {
  readonly write: Tensor;
  readonly momentum: Tensor;
}

/**
 * Error correction with momentum over a sequence in chunks.
 *
 *   Z_t = eta_t Z_{t-1} + e_t w_t^T        S_t = S~_t + Z_t        e_t = v_t - S~_t k_t
 *
 * A write decays in Z by eta, and from there is added to S again at every later token. With D what the decay leaves inside a
 * chunk and N what eta leaves, (N)_ij of write j is in Z at token i, (D N)_ij in S, and in S~, before token i adds to it,
 * (tril(D, -1) N)_ij; of Z at the chunk's start the same with the column n of what eta leaves of it. So the pair
 * M = (S, Z), `[V,2 K]`, has a WY representation of its own:
 *
 *   A = (K W^T) (.) tril(D, -1) N    X = (I + A)^{-1}    P = X (fromStart K, (tril(D, -1) n) K)    E = X V - P M^T
 *   M' = M (J - P^T Y) + (X V)^T Y        Y = ((the last row of D N) W, toEnd_eta W)
 *   O = (fromStart Q, (D n) Q) M^T + ((Q W^T) (.) D N) E
 *
 * J is what is left of the pair itself: of S in S, and of Z in S and in Z. Products of D and N need one decay for all
 * channels, so that a decay per key channel has no such form.
 *
 * Shapes: as in `runRule`, logDecay `[B,H,T]`; the pair is absent for an empty memory.
 * State: pure; differentiable in all but the documents; disposes nothing.
 * Source: as in `correctInChunks`, for two memories in one.
 */
export function correctWithMomentum(
  pair: MemoryPair | undefined,
  xs: SequenceInput,
  { write, momentum }: MomentumInputs,
  chunkSize: number,
): { readonly outputs: Tensor; readonly final: MemoryPair } {
  const chunks = powerOfTwoChunks(xs.k.shape[2] ?? 0, chunkSize);
  const [B = 0, H = 0, , K = 0] = xs.k.shape;
  const [k, w, v] = [split(xs.k, chunks), split(write, chunks), split(xs.v, chunks)];
  const left = leftOfPairs(xs, momentum, chunks);
  const X = unitLowerInverse(tf.mul(tf.matMul(k, w, false, true), left.before));
  const P = tf.matMul(X, both(k, left.startBefore));
  const U = tf.matMul(X, v);
  const last = both(w, left.end);
  const transitions = tf.sub(left.whole(K), tf.matMul(P, last, true, false));
  const start = pair && tf.concat([pair.S, pair.Z], 3);
  const { starts, final } = affineScan({ transitions }, tf.matMul(U, last, true, false), start);
  const E = starts ? tf.sub(U, tf.matMul(P, starts, false, true)) : U;
  const outputs = queryGroups(xs).map((asked) => {
    const q = split(asked, chunks);
    const local = tf.matMul(tf.mul(tf.matMul(q, w, false, true), left.at), E);
    return starts ? tf.add(local, tf.matMul(both(q, left.start), starts, false, true)) : local;
  });
  const half = (at: number): Tensor => tf.slice(final, [0, 0, 0, at], [B, H, xs.v.shape[3] ?? 0, K]);
  return {
    outputs: joinGroups(outputs.map((o) => join(o, chunks))),
    final: { S: half(0), Z: half(K) },
  };
}

/** What is left in the memory and in its momentum, `[B,H,N,C,1]`; no S where all is. */
interface PairColumns {
  readonly S: Tensor | undefined;
  readonly Z: Tensor;
}

/** Vectors `[..,X]` that meet a pair: times what is left for S, then for Z, `[..,2 X]`. */
const both = (x: Tensor, { S, Z }: PairColumns): Tensor => tf.concat([scaled(x, S), tf.mul(x, Z)], 4);

/** What is left of writes, and of the pair at the start, in a chunk. */
interface LeftOfPairs {
  /** Of the write at j in the memory at token i, before i is written and after, `[B,H,N,C,C]`. */
  readonly before: Tensor;
  readonly at: Tensor;
  /** Of S and of Z at the start in the memory at each token, before it is written and after. */
  readonly startBefore: PairColumns;
  readonly start: PairColumns;
  /** Of each write in S and in Z at the end. */
  readonly end: PairColumns;
  /** Of the pair itself at the end, a matrix from the right: `[..,N,2 K,2 K]`. */
  readonly whole: (K: number) => Tensor;
}

function leftOfPairs(xs: SequenceInput, momentum: Tensor, chunks: Chunks): LeftOfPairs {
  const { T, C, N } = chunks;
  const [B = 0, H = 0] = xs.k.shape;
  const decay = tokenDecay(xs, chunks);
  const eta = factorDecay(tf.expandDims(momentum, 3), xs, chunks);
  // Zero in the padding, where nothing is added to the memory. Not ones, which makes an array while a graph is recorded.
  const real = split(tf.fill([B, H, T, 1], 1), chunks);
  // The columns of every write, and one more of the momentum at the start.
  const reaches = tf.concat([eta.scores(real, real), eta.fromStart(real)], 4);
  const earlier = tf.mul(
    decay.intraChunk,
    constantMatrix(C, (i, j) => i > j),
  );
  const before = tf.matMul(tf.add(earlier, tf.fill([B, H, N, 1, 1], 0)), reaches);
  const at = tf.add(before, reaches);
  const columns = (x: Tensor, from: number, size: number): Tensor =>
    tf.slice(x, [0, 0, 0, 0, from], [B, H, N, C, size]);
  const lastOf = (x: Tensor): Tensor => tf.slice(x, [0, 0, 0, C - 1, 0], [B, H, N, 1, x.shape[4] ?? 0]);
  const [writes, start] = [columns(at, 0, C), columns(at, C, 1)];
  const S = decay.decayFromStart;
  return {
    before: columns(before, 0, C),
    at: writes,
    startBefore: { S, Z: columns(before, C, 1) },
    start: { S, Z: start },
    end: { S: tf.reshape(lastOf(writes), [B, H, N, C, 1]), Z: eta.toEnd(real) },
    whole: (K) => {
      const between = (row: number, column: number): Tensor =>
        constantMatrix(2 * K, (i, j) => i - row * K === j - column * K && Math.floor(i / K) === row);
      return tf.addN([
        tf.add(scaled(between(0, 0), decay.interChunk), tf.fill([B, H, N, 1, 1], 0)),
        tf.mul(between(1, 0), lastOf(start)),
        scaled(between(1, 1), eta.interChunk),
      ]);
    },
  };
}
