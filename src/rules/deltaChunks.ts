import { applyOp, type CustomOp, type NamedTensors } from '../core/customOp.js';
import { tensorAt } from '../core/ops/tensorAt.js';
import { unitLowerInverse } from '../core/ops/unitLowerInverse.js';
import { tf, type Tensor } from '../core/tf.js';
import { adjointScan, affineScan } from './affineScan.js';
import { chunksOf, type Chunks } from './chunks.js';
import {
  across,
  decayCourse,
  fromStart,
  LEAST_LOG,
  scaled,
  toEnd,
  visible,
  within,
  type DecayCourse,
} from './decayCourse.js';

/** What `deltaChunks` is given: q, k, w `[B,H,N,C,K]`, v `[B,H,N,C,V]`, the rest as it says. */
export interface DeltaInputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly w: Tensor;
  readonly v: Tensor;
  readonly logs?: Tensor | undefined;
  readonly segments?: Tensor | undefined;
  readonly state?: Tensor | undefined;
}

type Sizes = Readonly<{ T: number; C: number }>;

/** What the gradient reads again, beside the inputs. */
interface Kept {
  readonly starts: Tensor;
  readonly transitions: Tensor;
  readonly X: Tensor;
  readonly W: Tensor;
  readonly R: Tensor;
  readonly scores: Tensor;
}

/**
 * Error correction over a sequence in chunks, with one key that reads and another that writes.
 *
 *   S_t = S~_t + (v_t - S~_t k_t) w_t^T        o_t = S_t q_t
 *
 * With L the decay inside a chunk, S the state at its start, and from and to the decay since its start and
 * until its end:
 *
 *   A = tril(K W^T (.) L, -1)    X = (I + A)^{-1}    R = X (V - from K S^T)
 *   O = from Q S^T + (Q W^T (.) L) R        S' = across S + R^T (to W)
 *
 * S' is linear in S, so that the states of all chunks follow an affine scan.
 *
 * Shapes: q, k, w `[B,H,N,C,K]` · v `[B,H,N,C,V]` · logs `[b,h,T]`, the log decays · segments `[B,1,T]` as in
 * `Moments` · state `[B,H,V,K]` · outputs `[B,H,N,C,V]` · final `[B,H,V,K]`.
 * State: pure; differentiable in all but the segments; disposes nothing.
 */
export function deltaChunks(
  inputs: DeltaInputs,
  { T, C }: Chunks,
): { readonly outputs: Tensor; readonly final: Tensor } {
  const given = Object.entries(inputs).filter(([, tensor]) => tensor !== undefined);
  const names = given.map(([name]) => name).filter((name) => name !== 'segments');
  const found = applyOp(deltaChunksOp(names), Object.fromEntries(given) as NamedTensors, { T, C });
  return { outputs: tensorAt(found, 0), final: tensorAt(found, 1) };
}

/** The op with a gradient for the inputs named, which are those of its inputs that there are. */
function deltaChunksOp(differentiable: readonly string[]): CustomOp<NamedTensors, Sizes> {
  return {
    name: 'DeltaChunks',
    differentiable,
    define: (inputs, sizes) => {
      const { outputs, final, kept } = forward(asInputs(inputs), sizes);
      const { starts, transitions, X, W, R, scores } = kept;
      return [outputs, final, starts, transitions, X, W, R, scores];
    },
    gradient: (dys, inputs, outputs, sizes) => {
      const [starts, transitions, X, W, R, scores] = [2, 3, 4, 5, 6, 7].map((at) =>
        tensorAt(outputs, at),
      ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]; // as many as indices
      const kept = { starts, transitions, X, W, R, scores };
      const grads = backward(tensorAt(dys, 0), tensorAt(dys, 1), asInputs(inputs), kept, sizes);
      return differentiable.map((name) => grads[name as keyof typeof grads] as Tensor); // a field an input
    },
  };
}

/** The cast: the op is only ever applied to `DeltaInputs`. */
function asInputs(inputs: NamedTensors): DeltaInputs {
  return inputs as NamedTensors & DeltaInputs;
}

function courseOf({ logs, segments }: DeltaInputs, { T, C }: Sizes): DecayCourse {
  return decayCourse({ logs, segments }, chunksOf(T, C));
}

function forward(
  inputs: DeltaInputs,
  sizes: Sizes,
): {
  readonly outputs: Tensor;
  readonly final: Tensor;
  readonly kept: Kept;
} {
  const { q, k, w, v, state } = inputs;
  const course = courseOf(inputs, sizes);
  const [L, begin, last] = [within(course), fromStart(course), scaled(w, toEnd(course))];
  const overlap = tf.matMul(k, w, false, true);
  const X = unitLowerInverse(course.decay || course.segment ? tf.mul(overlap, L) : overlap);
  const W = tf.matMul(X, scaled(k, begin));
  const U = tf.matMul(X, v);
  const whole = scaled(tf.eye(k.shape[4] ?? 0), across(course));
  const transitions = tf.sub(whole, tf.matMul(W, last, true, false));
  const { starts: found, final } = affineScan({ transitions }, tf.matMul(U, last, true, false), state);
  const [B = 0, H = 0, N = 0, , V = 0] = v.shape;
  const starts = found ?? tf.zeros([B, H, N, V, k.shape[4] ?? 0]);
  const R = tf.sub(U, tf.matMul(W, starts, false, true));
  const scores = tf.mul(tf.matMul(q, w, false, true), L);
  const outputs = tf.add(tf.matMul(scaled(q, begin), starts, false, true), tf.matMul(scores, R));
  return { outputs, final, kept: { starts, transitions, X, W, R, scores } };
}

/**
 * The adjoint, G the gradient of the state at a chunk's end:
 *
 *   Y = scores^T dO    G before = G T^T + (from dO)^T Q - Y^T W    F = X^T (Y + (to W) G^T)    dV = F
 *   E = dO R^T (.) L    D = -F R^T (.) tril(L, -1)
 *   dQ = from dO S + E W    dK = D W - from F S    dW = E^T Q + D^T K + to R G
 */
function backward(
  dO: Tensor,
  dFinal: Tensor,
  inputs: DeltaInputs,
  { starts, transitions, X, W, R, scores }: Kept,
  sizes: Sizes,
) {
  const { q, k, w, logs } = inputs;
  const course = courseOf(inputs, sizes);
  const [L, begin, end] = [within(course), fromStart(course), toEnd(course)];
  const read = scaled(dO, begin);
  const Y = tf.matMul(scores, dO, true, false);
  const writes = tf.sub(tf.matMul(read, q, true, false), tf.matMul(Y, W, true, false));
  const { after, start } = adjointScan(transitions, writes, dFinal);
  const F = tf.matMul(X, tf.add(Y, tf.matMul(scaled(w, end), after, false, true)), true, false);
  const E = tf.mul(tf.matMul(dO, R, false, true), L);
  const D = tf.mul(tf.matMul(F, R, false, true), belowNegated(L));
  const dQ = tf.add(tf.matMul(read, starts), tf.matMul(E, w));
  const dK = tf.sub(tf.matMul(D, w), tf.matMul(scaled(F, begin), starts));
  const inside = tf.add(tf.matMul(E, q, true, false), tf.matMul(D, k, true, false));
  const lasting = tf.matMul(scaled(R, end), after);
  const dLogs = (known: Tensor): Tensor => {
    const reads = tf.add(tf.mul(q, dQ), tf.mul(k, dK));
    const parts = {
      reads,
      writes: tf.mul(w, inside),
      lasting: tf.mul(w, lasting),
      carried: tf.mul(after, starts),
    };
    return logGradient(known, parts, course, sizes);
  };
  return { q: dQ, k: dK, w: tf.add(inside, lasting), v: F, state: start, logs: logs && dLogs(logs) };
}

/** `-tril(L, -1)`. */
function belowNegated(L: Tensor): Tensor {
  const C = L.shape.at(-1) ?? 0;
  const values = Float32Array.from({ length: C * C }, (_, n) => (Math.floor(n / C) > n % C ? -1 : 0));
  return tf.mul(L, tf.tensor2d(values, [C, C]));
}

/** What of a chunk the gradient of its log decays is made of, `[B,H,N,C,K]` but for the last. */
interface DecayParts {
  readonly reads: Tensor;
  readonly writes: Tensor;
  readonly lasting: Tensor;
  /** Of the state at the start, `[B,H,N,V,K]`. */
  readonly carried: Tensor;
}

/**
 * The gradient of the log decays, without one of any decay factor. With c their running sum in a chunk, every
 * term of an output has a factor exp(c_reader) of a query or reading key, and exp(-c_writer) of a writing key
 * or exp(0) of the state; those of the state at the end have exp(c_end). So c_t has the gradient
 * q_t dq_t + k_t dk_t - w_t dw_t, and a log decay those of all c from there on.
 *
 * Source: as for a memory that is only added to in Yang et al. 2023, arXiv:2312.06635.
 */
function logGradient(
  logs: Tensor,
  { reads, writes, lasting, carried }: DecayParts,
  course: DecayCourse,
  { T, C }: Sizes,
): Tensor {
  const [B = 0, H = 0, N = 0] = reads.shape;
  const each = tf.expandDims(tf.sum(tf.sub(reads, writes), 4), 4);
  const later = tf.sum(tf.mul(visible(course), each), 3);
  const earlier = tf.cumsum(tf.sum(lasting, 4), 3, true);
  const whole = scaled(tf.sum(carried, [3, 4], true), across(course));
  const chunked = tf.add(tf.add(later, earlier), tf.squeeze(whole, [4]));
  const filled = tf.reshape(chunked, [B, H, N * C]);
  const real = N * C === T ? filled : tf.slice(filled, [0, 0, 0], [B, H, T]);
  const shared = [0, 1].filter((axis) => logs.shape[axis] === 1);
  const summed = shared.length > 0 ? tf.sum(real, shared, true) : real;
  return tf.mul(summed, tf.cast(tf.greaterEqual(logs, LEAST_LOG), 'float32'));
}
