import { assertShape, type Sizes } from '../core/shapes.js';
import { tf, type Tensor, type Tensor3D } from '../core/tf.js';
import { defineOp } from './defineOp.js';
import { segmentsOf } from './segments.js';

type Segments = { readonly segments: Tensor | undefined };

/** Moves the last axis by `lag` to later times (to earlier ones when negative); zeros enter. */
function shifted(x: Tensor, lag: number): Tensor {
  const T = x.shape.at(-1) ?? 0;
  const kept = T - Math.abs(lag);
  if (lag === 0) return x;
  if (kept <= 0) return tf.zerosLike(x);
  const others = x.shape.slice(0, -1);
  const part = tf.slice(x, [...others.map(() => 0), Math.max(0, -lag)], [...others, kept]);
  const unpadded = others.map((): [number, number] => [0, 0]);
  return tf.pad(part, [...unpadded, [Math.max(0, lag), Math.max(0, -lag)]]);
}

/** Zero where the token `lag` before is of another document; x [B,E,T], segments [B,T]. */
function masked(x: Tensor, segments: Tensor | undefined, lag: number): Tensor {
  if (!segments || lag === 0) return x;
  // Zeros enter from the left, where the shifted sequence is zero too: what they equal does not matter.
  const same = tf.cast(tf.equal(shifted(segments, lag), segments), 'float32');
  return tf.mul(x, tf.expandDims(same, 1));
}

/** The weights `[E,1]` of the tap that reads `lag` tokens back. */
function tap(w: Tensor, lag: number): Tensor {
  const [E = 0, taps = 0] = w.shape;
  return tf.slice(w, [0, taps - 1 - lag], [E, 1]);
}

const lagsOf = (taps: number): number[] => Array.from({ length: taps }, (_, lag) => lag);
const sumOf = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => tf.add(a, b));

/** The gradient of `shortConvolution` by the input. */
export const convolutionInputGradient = defineOp({
  name: 'PavlovShortConvolutionInputGradient',
  define: ({ dy, w, segments }: { readonly dy: Tensor; readonly w: Tensor } & Segments) =>
    sumOf(
      lagsOf(w.shape[1] ?? 0).map((lag) => shifted(tf.mul(masked(dy, segments, lag), tap(w, lag)), -lag)),
    ),
});

/** The gradient of `shortConvolution` by the weights. */
export const convolutionWeightGradient = defineOp({
  name: 'PavlovShortConvolutionWeightGradient',
  define: (
    { dy, x, segments }: { readonly dy: Tensor; readonly x: Tensor } & Segments,
    { taps }: { readonly taps: number },
  ): Tensor => {
    const columns = lagsOf(taps).map((lag) =>
      tf.sum(tf.mul(masked(dy, segments, lag), shifted(x, lag)), [0, 2]),
    );
    return tf.stack(columns.reverse(), 1);
  },
});

/**
 * Causal depthwise convolution over time, channels before time: every channel is a weighted sum of its own last
 * tokens.
 *
 *   y_t = sum_i w_i x_(t - taps + 1 + i)      (a tap that would read another document or before the row gives 0)
 *
 * Shapes: x [B,E,T], w [E,taps], documents [B,T] int32 -> [B,E,T].
 * @throws ShapeError when they do not fit.
 */
export const shortConvolution = defineOp({
  name: 'PavlovShortConvolution',
  differentiable: ['x', 'w'],
  define: ({ x, w, segments }: { readonly x: Tensor; readonly w: Tensor } & Segments) =>
    sumOf(lagsOf(w.shape[1] ?? 0).map((lag) => tf.mul(masked(shifted(x, lag), segments, lag), tap(w, lag)))),
  gradient: (dy, { x, w, segments }) => ({
    x: convolutionInputGradient({ dy, w, segments }),
    w: convolutionWeightGradient({ dy, x, segments }, { taps: w.shape[1] ?? 0 }),
  }),
  call:
    (apply) =>
    (x: Tensor, w: Tensor, documents?: Tensor): Tensor3D => {
      const sizes: Sizes = {};
      assertShape(x, ['B', 'E', 'T'], sizes, 'shortConvolution: x');
      assertShape(w, ['E', 'taps'], sizes, 'shortConvolution: w');
      if (documents) assertShape(documents, ['B', 'T'], sizes, 'shortConvolution: documents');
      return apply({ x, w, segments: documents && segmentsOf(documents) }) as Tensor3D; // same shape as x
    },
});

/**
 * The last output of `shortConvolution` on one window, whose tokens come before its channels: what is read of one token
 * and moved then lies in one piece.
 *
 * Shapes: window [B,taps,E], w [E,taps] -> [B,E].
 */
export function shortConvolutionStep(window: Tensor, w: Tensor): Tensor {
  return tf.sum(tf.mul(window, tf.transpose(w)), 1);
}
