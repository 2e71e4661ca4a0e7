import { constantMatrix } from '../ops/constantMatrix.js';
import { defineOp } from '../ops/defineOp.js';
import { unitLowerInverse } from '../ops/unitLowerInverse.js';
import { tf, type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';
import type { ChunkedResult } from './association.js';
import {
  chunkDecay,
  chunksFor,
  decayKind,
  logDecayGradient,
  tokenDecay,
  type ChunkDecay,
  type TokenDecay,
  UNDECAYED,
} from './decay.js';
import { asColumn, join, joinGroups, queryGroups, scaled, split } from './layout.js';
import { adjointScan, affineScan } from './scan.js';

/** What a memory, content by address, is corrected by at each token `[B,H,T,..]`. */
export interface CorrectionInputs {
  /** The address that is read, `[..,X]`. */
  readonly read: Tensor;
  /** The address that is written to, `[..,X]`. */
  readonly write: Tensor;
  /** What the memory should have recalled, `[..,Y]`. */
  readonly content: Tensor;
}

/**
 * Which side of the memory queries meet, and a decay per channel acts on: the addresses, so that what is read is
 * content (the delta rule), or the content, so that what is read is addresses (Oja's, whose memory is the transpose).
 */
export type QuerySide = 'address' | 'content';

/**
 * Error correction over a sequence in chunks: the memory writes by how much it missed the content.
 *
 *   M_t = M~_t + e_t w_t^T        e_t = c_t - M~_t r_t        r the address read, w the one written to
 *   o_t = M_t q_t (queries of addresses), or M_t^T q_t (of content)
 *
 * With L the decay inside a chunk and M the memory at its start, errors E and the memory at the end follow from the
 * WY representation, where the decay is on the addresses or the same for all channels:
 *
 *   A = tril(R W^T (.) L, -1)    X = (I + A)^{-1}    U = X C    P = X (fromStart R)
 *   E = U - P M^T        M' = M (interChunk I - P^T (toEnd W)) + U^T (toEnd W)
 *
 * and where channels of the content decay each by itself, so that the inverse has no decay:
 *
 *   A = tril(R W^T, -1)    X = (I + A)^{-1}    U_i = sum_j X_ij L_ij c_j    P = X R
 *   E = U - fromStart (P M^T)        M' = interChunk (M (I - P^T W)) + (toEnd U)^T W
 *
 * M' is linear in M, so that the memories of all chunks follow an affine scan. They are read by
 *
 *   O = fromStart Q M^T + (Q W^T (.) L) E, or fromStart Q M + (Q E^T (.) L) W
 *
 * Shapes: q, logDecay and documents of the sequence as in `runRule` · memory `[B,H,Y,X]`, absent for an empty one ·
 * outputs `[B,H,T,Y]`, or X.
 * State: pure; differentiable in all but the documents; disposes nothing.
 * Source: Yang et al. 2024, arXiv:2406.06484, equations 8 to 11, and with a decay arXiv:2412.06464, equation 10; the
 * memories by an affine scan over chunks.
 */
export function correctInChunks(
  memory: Tensor | undefined,
  xs: SequenceInput,
  { read, write, content }: CorrectionInputs,
  side: QuerySide,
  chunkSize: number,
): ChunkedResult {
  const chunks = chunksFor(xs, chunkSize);
  const queries = queryGroups(xs).map((q) => split(q, chunks));
  const [r, w, c] = [split(read, chunks), split(write, chunks), split(content, chunks)];
  const inputs = { r, w, c, memory };
  // A decay per token is the same for both sides, and cheaper on the addresses.
  const { outputs, final } =
    decayKind(xs.logDecay, xs.k.rank) === 'perChannel'
      ? correct(queries, inputs, chunkDecay(xs, chunks), side, side)
      : correctPerToken(
          queries,
          { ...inputs, logDecay: xs.logDecay, documents: xs.documents },
          { T: chunks.T, C: chunks.C, side },
        );
  return { outputs: joinGroups(outputs.map((o) => join(o, chunks))), final };
}

/** r, w `[B,H,N,C,X]`, c `[B,H,N,C,Y]`, memory `[B,H,Y,X]`. */
interface ChunkInputs {
  readonly r: Tensor;
  readonly w: Tensor;
  readonly c: Tensor;
  readonly memory?: Tensor | undefined;
}

/** What the gradient reads again; `starts` only where they are not all empty. */
interface Saved<Starts = Tensor> {
  readonly starts: Starts;
  readonly transitions: Tensor;
  readonly X: Tensor;
  readonly P: Tensor;
  readonly E: Tensor;
  /** Of each group of queries. */
  readonly scores: readonly Tensor[];
}

interface Corrected extends Saved<Tensor | undefined> {
  /** Of each group of queries. */
  readonly outputs: readonly Tensor[];
  readonly final: Tensor;
}

/** The formulas above as one, with the decay on the addresses or on the content, and none on the other. */
function correct(
  queries: readonly Tensor[],
  { r, w, c, memory }: ChunkInputs,
  decay: ChunkDecay,
  side: QuerySide,
  on: QuerySide,
): Corrected {
  const [address, content] = on === 'address' ? [decay, UNDECAYED] : [UNDECAYED, decay];
  const X = unitLowerInverse(address.overlaps(r, w));
  const U = content.mix(X, c);
  const P = tf.matMul(X, address.fromStart(r));
  const last = address.toEnd(w);
  const whole = scaled(tf.eye(r.shape[4] ?? 0), address.interChunk);
  const transitions = tf.sub(whole, tf.matMul(P, last, true, false));
  const moves = { transitions, factors: content.interChunk && asColumn(content.interChunk) };
  const { starts, final } = affineScan(moves, tf.matMul(content.toEnd(U), last, true, false), memory);
  const E = starts ? tf.sub(U, content.fromStart(tf.matMul(P, starts, false, true))) : U;
  const [met, given] = side === 'address' ? [w, E] : [E, w]; // by the queries, and to them
  const scores = queries.map((q) => decay.scores(q, met));
  const outputs = queries.map((q, g) => {
    const local = tf.matMul(scores[g] as Tensor, given); // one per group
    return starts ? tf.add(tf.matMul(decay.fromStart(q), starts, false, side === 'address'), local) : local;
  });
  return { outputs, final, starts, transitions, X, P, E, scores };
}

type TokenInputs = ChunkInputs & Pick<SequenceInput, 'logDecay' | 'documents'>;
type OpInputs = Readonly<Record<string, Tensor | undefined>> & TokenInputs;

type Options = Readonly<{ T: number; C: number; side: QuerySide }>;

const decayOf = ({ c, logDecay, documents }: OpInputs, { T, C }: Options): TokenDecay =>
  tokenDecay({ logDecay, documents }, { T, C, N: c.shape[2] ?? 0 });

/** The groups of queries, which are inputs q0, q1 and so on. */
const queriesOf = (inputs: OpInputs): Tensor[] =>
  Object.entries(inputs).flatMap(([name, q]) => (q && /^q\d+$/.test(name) ? [q] : []));

/** `correct` with a decay per token or none, and a gradient of its own. */
const correctPerToken = defineOp({
  name: 'PavlovCorrection',
  differentiable: (name) => name !== 'documents',
  define: (inputs: OpInputs, options: Options): [Tensor, ...Tensor[]] => {
    const found = correct(queriesOf(inputs), inputs, decayOf(inputs, options), options.side, 'address');
    const { final, transitions, X, P, E, outputs, scores } = found;
    const [B = 0, H = 0, N = 0, , Y = 0] = inputs.c.shape;
    // Not zeros, which makes an array while a graph is recorded.
    const starts = found.starts ?? tf.fill([B, H, N, Y, inputs.r.shape[4] ?? 0], 0);
    return [final, starts, transitions, X, P, E, ...outputs, ...scores];
  },
  gradient: (dys, inputs, saved, options) => {
    // As `define` gives them: six, and two for each group.
    const [, starts, transitions, X, P, E] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    const G = (saved.length - 6) / 2;
    const [dOutputs, scores] = [dys.slice(6, 6 + G), saved.slice(6 + G)];
    const again = { starts, transitions, X, P, E, scores };
    return gradients(dOutputs, dys[0], inputs, again, options);
  },
  call: (apply) => (queries: readonly Tensor[], inputs: TokenInputs, options: Options) => {
    const named = Object.fromEntries(queries.map((q, g) => [`q${g}`, q]));
    const [final, ...rest] = apply({ ...named, ...inputs }, options);
    return { outputs: rest.slice(5, 5 + queries.length), final };
  },
});

/**
 * The adjoint, G the gradient of the memory at a chunk's end, and dE and dM what reading gives the errors and the
 * memory at the start:
 *
 *   G before = G T^T + dM - dE^T P    F = X^T (dE + (toEnd W) G^T)    dC = F    D = -F E^T (.) tril(L, -1)
 *   dR = D W - fromStart F M    dW = that of reading + D^T R + toEnd E G
 */
function gradients(
  dOutputs: readonly Tensor[],
  dFinal: Tensor,
  inputs: OpInputs,
  { starts, transitions, X, P, E, scores }: Saved,
  options: Options,
): Record<string, Tensor | undefined> {
  const { r, w, logDecay } = inputs;
  const decay = decayOf(inputs, options);
  const queries = queriesOf(inputs);
  const reads = queries.map((q, g) =>
    // One output and one matrix of scores per group.
    readGradients(
      dOutputs[g] as Tensor,
      { q, w, E, starts, scores: scores[g] as Tensor },
      decay,
      options.side,
    ),
  );
  const read = { w: sumOf(reads, 'w'), E: sumOf(reads, 'E'), starts: sumOf(reads, 'starts') };
  const writes = tf.sub(read.starts, tf.matMul(read.E, P, true, false));
  const { after, start } = adjointScan(transitions, writes, dFinal);
  const F = tf.matMul(X, tf.add(read.E, tf.matMul(decay.toEnd(w), after, false, true)), true, false);
  const below = tf.mul(
    decay.intraChunk,
    constantMatrix(options.C, (i, j) => (i > j ? -1 : 0)),
  );
  const D = tf.mul(tf.matMul(F, E, false, true), below);
  const dR = tf.sub(tf.matMul(D, w), tf.matMul(decay.fromStart(F), starts));
  const inside = tf.add(read.w, tf.matMul(D, r, true, false));
  const lasting = tf.matMul(decay.toEnd(E), after);
  const asked = reads.map(({ q }, g): readonly [Tensor, Tensor] => [queries[g] as Tensor, q]); // one per group
  const dLogs = (logs: Tensor): Tensor => {
    const parts = {
      reads: dotted(...asked, [r, dR]),
      writes: dotted([w, inside]),
      lasting: dotted([w, lasting]),
      carried: tf.mul(after, starts),
    };
    return logDecayGradient(logs, parts, decay);
  };
  return {
    ...Object.fromEntries(reads.map(({ q }, g) => [`q${g}`, q])),
    r: dR,
    w: tf.add(inside, lasting),
    c: F,
    memory: start,
    logDecay: logDecay && dLogs(logDecay),
  };
}

type ReadGradients = Readonly<Record<'q' | 'w' | 'E' | 'starts', Tensor>>;

/** The gradients of what a group of queries read. */
function readGradients(
  dO: Tensor,
  { q, w, E, starts, scores }: ReadGradients & { readonly scores: Tensor },
  decay: TokenDecay,
  side: QuerySide,
): ReadGradients {
  const read = decay.fromStart(dO);
  if (side === 'address') {
    const dScores = decay.scores(dO, E);
    return {
      q: tf.add(tf.matMul(read, starts), tf.matMul(dScores, w)),
      w: tf.matMul(dScores, q, true, false),
      E: tf.matMul(scores, dO, true, false),
      starts: tf.matMul(read, q, true, false),
    };
  }
  const dScores = decay.scores(dO, w);
  return {
    q: tf.add(tf.matMul(read, starts, false, true), tf.matMul(dScores, E)),
    w: tf.matMul(scores, dO, true, false),
    E: tf.matMul(dScores, q, true, false),
    starts: tf.matMul(q, read, true, false),
  };
}

function sumOf(reads: readonly ReadGradients[], name: keyof ReadGradients): Tensor {
  return reads.map((gradient) => gradient[name]).reduce((sum, x) => tf.add(sum, x));
}

/** Sum of the dot products of vectors `[..,X]`, X for each pair its own. */
function dotted(...pairs: readonly (readonly [Tensor, Tensor])[]): Tensor {
  const bySize = new Map<number, Tensor>();
  for (const [a, b] of pairs) {
    const size = a.shape[4] ?? 0;
    const [product, sum] = [tf.mul(a, b), bySize.get(size)];
    // One sum over the axis for all of one size.
    bySize.set(size, sum ? tf.add(sum, product) : product);
  }
  return [...bySize.values()].map((product) => tf.sum(product, 4)).reduce((sum, term) => tf.add(sum, term));
}
