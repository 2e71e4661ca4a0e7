import { constantMatrix } from '../ops/constantMatrix.js';
import { defineOp } from '../ops/defineOp.js';
import { unitLowerInverse } from '../ops/unitLowerInverse.js';
import { tf, type Tensor } from '../core/tf.js';
import { scaled } from './blocks.js';
import { adjointScan, affineScan } from './affineScan.js';
import { readings, type Reads } from './chunkReading.js';
import { chunksOf, type Chunks } from './chunks.js';
import { across, decayCourse, fromStart, toEnd, within, type DecayCourse } from './decayCourse.js';
import { logGradient } from './logGradient.js';

/** What `correctionChunks` is given: k, w `[B,H,N,C,X]`, v `[B,H,N,C,Y]`, the rest as it says. */
export type CorrectionInputs = {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly w: Tensor;
  readonly v: Tensor;
  readonly logs?: Tensor | undefined;
  readonly segments?: Tensor | undefined;
  readonly state?: Tensor | undefined;
};

type Options = Readonly<{ T: number; C: number; reads: Reads }>;

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
 * Error correction over a sequence in chunks, at one address that is read and another that is written to.
 *
 *   S_t = S~_t + (v_t - S~_t k_t) w_t^T        o_t = S_t q_t (content is read), or S_t^T q_t (addresses are)
 *
 * With L the decay inside a chunk, S the state at its start, and from and to the decay since its start and
 * until its end:
 *
 *   A = tril(K W^T (.) L, -1)    X = (I + A)^{-1}    R = X (V - from K S^T)        S' = across S + R^T (to W)
 *   O = from Q S^T + (Q W^T (.) L) R, or from Q S + (Q R^T (.) L) W
 *
 * S' is linear in S, so that the states of all chunks follow an affine scan.
 *
 * Shapes: k, w `[B,H,N,C,X]` · v `[B,H,N,C,Y]` · q `[B,H,N,C,X]`, or Y where addresses are read · logs `[b,h,T]`,
 * the log decays · segments `[B,1,T]` as in `Moments` · state `[B,H,Y,X]` · outputs `[B,H,N,C,Y]`, or X · final
 * `[B,H,Y,X]`.
 * State: pure; differentiable in all but the segments; disposes nothing.
 */
export const correctionChunks = defineOp({
  name: 'CorrectionChunks',
  differentiable: ['q', 'k', 'w', 'v', 'logs', 'state'],
  define: (inputs: CorrectionInputs, options: Options) => {
    const { outputs, final, kept } = forward(inputs, options);
    const { starts, transitions, X, W, R, scores } = kept;
    const all: [Tensor, Tensor, ...Tensor[]] = [outputs, final, starts, transitions, X, W, R, scores];
    return all;
  },
  gradient: ([dO, dFinal], inputs, [, , ...saved], options) => {
    const [starts, transitions, X, W, R, scores] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]; // as above
    return backward(dO, dFinal, inputs, { starts, transitions, X, W, R, scores }, options);
  },
  call:
    (apply) =>
    (inputs: CorrectionInputs, { T, C }: Chunks, reads: Reads) => {
      const [outputs, final] = apply(inputs, { T, C, reads });
      return { outputs, final };
    },
});

function courseOf({ logs, segments }: CorrectionInputs, { T, C }: Options): DecayCourse {
  return decayCourse({ logs, segments }, chunksOf(T, C));
}

function forward(
  inputs: CorrectionInputs,
  options: Options,
): { readonly outputs: Tensor; readonly final: Tensor; readonly kept: Kept } {
  const { q, k, w, v, state } = inputs;
  const course = courseOf(inputs, options);
  const [L, begin, last] = [within(course), fromStart(course), scaled(w, toEnd(course))];
  const overlap = tf.matMul(k, w, false, true);
  const X = unitLowerInverse(course.decay || course.segment ? tf.mul(overlap, L) : overlap);
  const W = tf.matMul(X, scaled(k, begin));
  const U = tf.matMul(X, v);
  const whole = scaled(tf.eye(k.shape[4] ?? 0), across(course));
  const transitions = tf.sub(whole, tf.matMul(W, last, true, false));
  const { starts: found, final } = affineScan({ transitions }, tf.matMul(U, last, true, false), state);
  const [B = 0, H = 0, N = 0, , Y = 0] = v.shape;
  const starts = found ?? tf.zeros([B, H, N, Y, k.shape[4] ?? 0]);
  const R = tf.sub(U, tf.matMul(W, starts, false, true));
  const { outputs, scores } = readings[options.reads].read({ q, w, R, starts, L, begin });
  return { outputs, final, kept: { starts, transitions, X, W, R, scores } };
}

/**
 * The adjoint, G the gradient of the state at a chunk's end, and dR and dS what reading gives the errors and the
 * state at the start:
 *
 *   G before = G T^T + dS - dR^T W    F = X^T (dR + (to W) G^T)    dV = F    D = -F R^T (.) tril(L, -1)
 *   dK = D W - from F S    dW = that of reading + D^T K + to R G
 */
function backward(dO: Tensor, dFinal: Tensor, inputs: CorrectionInputs, kept: Kept, options: Options) {
  const { q, k, w, logs } = inputs;
  const { starts, transitions, X, W, R, scores } = kept;
  const course = courseOf(inputs, options);
  const [L, begin, end] = [within(course), fromStart(course), toEnd(course)];
  const read = readings[options.reads].gradient(dO, { q, w, R, starts, L, begin }, scores);
  const writes = tf.sub(read.starts, tf.matMul(read.R, W, true, false));
  const { after, start } = adjointScan(transitions, writes, dFinal);
  const F = tf.matMul(X, tf.add(read.R, tf.matMul(scaled(w, end), after, false, true)), true, false);
  const D = tf.mul(
    tf.matMul(F, R, false, true),
    tf.mul(
      L,
      constantMatrix(options.C, (i, j) => (i > j ? -1 : 0)),
    ),
  );
  const dK = tf.sub(tf.matMul(D, w), tf.matMul(scaled(F, begin), starts));
  const inside = tf.add(read.w, tf.matMul(D, k, true, false));
  const lasting = tf.matMul(scaled(R, end), after);
  const dLogs = (known: Tensor): Tensor => {
    const parts = {
      reads: dotted([q, read.q], [k, dK]),
      writes: dotted([w, inside]),
      lasting: dotted([w, lasting]),
      carried: tf.mul(after, starts),
    };
    return logGradient(known, parts, course, options);
  };
  return { q: read.q, k: dK, w: tf.add(inside, lasting), v: F, state: start, logs: logs && dLogs(logs) };
}

/** Sum of the dot products of vectors `[..,X]`, X for each pair its own. */
function dotted(...pairs: readonly (readonly [Tensor, Tensor])[]): Tensor {
  const products = pairs.map(([a, b]) => tf.mul(a, b));
  const [first, second] = products;
  // One sum of both where they have the same size.
  const alike = first && second && first.shape[4] === second.shape[4];
  const summands = alike ? [tf.add(first, second)] : products;
  return summands.map((product) => tf.sum(product, 4)).reduce((sum, term) => tf.add(sum, term));
}
