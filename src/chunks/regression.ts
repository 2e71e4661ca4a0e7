import { defineOp, innerGradients } from '../ops/defineOp.js';
import { conjugateGradients, symmetric } from '../ops/ridgeSolve.js';
import { tf, type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';
import { outer } from './association.js';
import { chunkDecay, chunksFor, decayKind, UNDECAYED, type ChunkDecay } from './decay.js';
import { join, joinGroups, queryGroups, split, type Chunks } from './layout.js';
import { affineScan } from './scan.js';

/** What the systems of a sequence are made of, `[B,H,T,K]` each: the keys times their weights, and the ridge. */
interface SystemInputs {
  readonly write: Tensor;
  readonly ridge: Tensor;
}

/** Solutions for every query, as the queries, and the sum of keys after the last token `[B,H,K,K]`. */
interface Solutions {
  readonly solutions: Tensor;
  readonly final: Tensor;
}

/**
 * For every query the solution of its token's system, by conjugate gradients for all tokens of all chunks at once.
 *
 *   x_t = (H_t + Diag(ridge_t))^{-1} q_t        H_t = H~_t + w_t k_t^T        w a multiple of k
 *
 * H~ has the root of the decay on both sides, so that it stays symmetric. The product of H_t with a direction p_t needs no
 * matrix per token: with H the sum at a chunk's start and L the decay inside the chunk,
 *
 *   H_t p_t = fromStart (H p_t) + sum_{j <= t} (p_t . k_j) L_tj w_j
 *
 * which is one read of linear attention per step of the method. A decay per key channel goes half by half: its root is
 * in the scores and in the mixture.
 *
 * Shapes: as in `runRule`; H `[B,H,K,K]`, absent for an empty memory, of which the symmetric part is solved.
 * State: pure; differentiable in all but the documents, with the gradient of the exact solution; disposes nothing.
 * Source: von Oswald et al. 2025, arXiv:2506.05233, section 4.
 */
export function solveInChunks(
  H: Tensor | undefined,
  xs: SequenceInput,
  { write, ridge }: SystemInputs,
  { iterations, chunkSize }: { readonly iterations: number; readonly chunkSize: number },
): Solutions {
  const chunks = chunksFor(xs, chunkSize);
  const [inner, outside] = bothSides(xs, chunks);
  const [k, w] = [split(xs.k, chunks), split(write, chunks)];
  const writes = tf.matMul(outside.toEnd(w), inner.toEnd(k), true, false);
  const { starts, final } = affineScan({ factors: outer(outside.interChunk, inner.interChunk) }, writes, H);
  const { T, C } = chunks;
  const systems = {
    starts: starts && symmetric(starts),
    k: xs.k,
    write,
    ridge: split(ridge, chunks),
    logDecay: xs.logDecay,
    documents: xs.documents,
  };
  const solutions = queryGroups(xs).map((q) =>
    join(solved({ ...systems, b: split(q, chunks) }, { T, C, iterations }), chunks),
  );
  return { solutions: joinGroups(solutions), final };
}

/** What decays a direction before it meets the keys, and what they give after it. */
function bothSides(
  { k, logDecay, documents }: Pick<SequenceInput, 'k' | 'logDecay' | 'documents'>,
  chunks: Chunks,
): readonly [ChunkDecay, ChunkDecay] {
  if (!logDecay || decayKind(logDecay, k.rank) !== 'perChannel')
    return [chunkDecay({ k, logDecay, documents }, chunks), UNDECAYED];
  const half = chunkDecay({ k, logDecay: tf.mul(logDecay, 0.5), documents }, chunks);
  return [half, half];
}

/** Tensors that are not inputs of the op where they are absent. */
type Systems = Readonly<Record<'k' | 'write' | 'ridge', Tensor>> &
  Readonly<Record<'starts' | 'logDecay' | 'documents', Tensor | undefined>>;

type Options = Readonly<{ T: number; C: number; iterations: number }>;

/** `(H_t + Diag(ridge_t)) x_t` for x `[B,H,N,C,K]`. */
function operatorOf({ starts, k, write, ridge, logDecay, documents }: Systems, { T, C }: Options) {
  const chunks = { T, C, N: ridge.shape[2] ?? 0 };
  const [inner, outside] = bothSides({ k, logDecay, documents }, chunks);
  const [keys, written] = [split(k, chunks), split(write, chunks)];
  return (x: Tensor): Tensor => {
    const local = tf.add(tf.mul(ridge, x), outside.mix(inner.scores(x, keys), written));
    return starts ? tf.add(local, outside.fromStart(tf.matMul(inner.fromStart(x), starts))) : local;
  };
}

/** Inputs of the systems that take a gradient. */
const PARTS = ['starts', 'k', 'write', 'ridge', 'logDecay'] as const;

/**
 * `A^{-1} b` for all tokens. With w the solution for dx, b has the gradient w, and everything that A is made of that of
 * -w^T A x.
 */
const solved = defineOp({
  name: 'PavlovSolveInChunks',
  differentiable: ['b', ...PARTS],
  define: ({ b, ...systems }: Systems & { readonly b: Tensor }, options: Options): Tensor =>
    conjugateGradients(operatorOf(systems, options), b, options.iterations),
  gradient: (dx, { b: _b, ...systems }, x, options) => {
    const w = conjugateGradients(operatorOf(systems, options), dx, options.iterations);
    const names = PARTS.filter((name) => systems[name]);
    const given = names.flatMap((name) => systems[name] ?? []);
    const form = (...parts: Tensor[]): Tensor => {
      const changed = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
      return tf.neg(tf.sum(tf.mul(w, operatorOf({ ...systems, ...changed }, options)(x))));
    };
    const found = innerGradients(form, given);
    return { b: w, ...Object.fromEntries(names.map((name, i) => [name, found[i]])) };
  },
});
