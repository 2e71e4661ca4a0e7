import { applyOp, type CustomOp } from '../customOp.js';
import { assertShape, type Sizes } from '../shapes.js';
import { tf, type Tensor, type Tensor3D } from '../tf.js';
import { tensorAt } from './tensorAt.js';
import { segmentsOf } from './segments.js';

/** `segments [B,T]` is present where rows hold several documents. */
type Inputs = { readonly x: Tensor; readonly w: Tensor; readonly segments?: Tensor };

/** Moves a sequence `[B,T,E]` by `lag` tokens to later times (to earlier ones when negative); zeros enter. */
function shift(x: Tensor, lag: number): Tensor {
  const [B = 0, T = 0, E = 0] = x.shape;
  const kept = T - Math.abs(lag);
  if (lag === 0) return x;
  if (kept <= 0) return tf.zerosLike(x);
  const part = tf.slice(x, [0, Math.max(0, -lag), 0], [B, kept, E]);
  return tf.pad(part, [
    [0, 0],
    [Math.max(0, lag), Math.max(0, -lag)],
    [0, 0],
  ]);
}

/** 1 where a token and the one `lag` before it are of one document, `[B,T,1]`; undefined: everywhere. */
function sameDocument(segments: Tensor | undefined, lag: number): Tensor | undefined {
  if (!segments || lag === 0) return undefined;
  const ids = tf.expandDims(segments, 2);
  // Zeros enter from the left, where the shifted sequence is zero too: what they equal does not matter.
  return tf.cast(tf.equal(shift(ids, lag), ids), 'float32');
}

function masked(x: Tensor, mask: Tensor | undefined): Tensor {
  return mask ? tf.mul(x, mask) : x;
}

/** Weights `[E]` of the tap that reads `lag` tokens back. */
function tap(w: Tensor, lag: number): Tensor {
  const [E = 0, taps = 0] = w.shape;
  return tf.reshape(tf.slice(w, [0, taps - 1 - lag], [E, 1]), [E]);
}

function lagsOf(w: Tensor): number[] {
  return Array.from({ length: w.shape[1] ?? 0 }, (_, lag) => lag);
}

/** Kernel of `shortConvolution`. */
export const shortConvolutionOp: CustomOp<Inputs, Record<string, never>> = {
  name: 'PavlovShortConvolution',
  differentiable: ['x', 'w'],
  define: ({ x, w, segments }) => [
    lagsOf(w)
      .map((lag) => tf.mul(masked(shift(x, lag), sameDocument(segments, lag)), tap(w, lag)))
      .reduce((a, b) => tf.add(a, b)),
  ],
  gradient: (dys, { x, w, segments }) => {
    const lags = lagsOf(w);
    const dyOf = lags.map((lag) => masked(tensorAt(dys, 0), sameDocument(segments, lag)));
    const dx = lags.map((lag) => shift(tf.mul(tensorAt(dyOf, lag), tap(w, lag)), -lag));
    const dw = lags.map((lag) => tf.sum(tf.mul(tensorAt(dyOf, lag), shift(x, lag)), [0, 1]));
    return [dx.reduce((a, b) => tf.add(a, b)), tf.stack(dw.reverse(), 1)];
  },
};

/**
 * Causal depthwise convolution over time: every channel is a weighted sum of its own last tokens.
 *
 *   y_t = sum_i w_i x_(t - taps + 1 + i)      (a tap that would read another document or before the row gives 0)
 *
 * Shapes: x [B,T,E], w [E,taps], documents [B,T] int32 -> [B,T,E].
 * @throws ShapeError when they do not fit.
 */
export function shortConvolution(x: Tensor, w: Tensor, documents?: Tensor): Tensor3D {
  const sizes: Sizes = {};
  assertShape(x, ['B', 'T', 'E'], sizes, 'shortConvolution: x');
  assertShape(w, ['E', 'taps'], sizes, 'shortConvolution: w');
  if (documents) assertShape(documents, ['B', 'T'], sizes, 'shortConvolution: documents');
  const inputs: Inputs = documents ? { x, w, segments: segmentsOf(documents) } : { x, w };
  return applyOp(shortConvolutionOp, inputs, {})[0] as Tensor3D; // same shape as x
}

/**
 * The last output of `shortConvolution` on one window.
 *
 * Shapes: window [B,taps,E], w [E,taps] -> [B,E].
 */
export function shortConvolutionStep(window: Tensor, w: Tensor): Tensor {
  return tf.sum(tf.mul(window, tf.expandDims(tf.transpose(w), 0)), 1);
}
