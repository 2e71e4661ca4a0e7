import { shortConvolution, shortConvolutionStep } from '../../ops/shortConvolution.js';
import { tf, type Tensor } from '../../core/tf.js';
import { lastTokens } from './headParts.js';

/** The convolved tokens `[B,E,T]`, and the inputs to remember `[B,E,taps-1]` (absent when there are none). */
export interface Convolved {
  readonly mixed: Tensor;
  readonly convolution?: Tensor;
}

/**
 * A short convolution of the next tokens, given the inputs of the last `taps - 1` before them.
 *
 * Shapes: x [B,E,T], w [E,taps] (undefined: no convolution), history [B,E,taps-1] (undefined for one tap).
 */
export function carriedConvolution(x: Tensor, w: Tensor | undefined, history: Tensor | undefined): Convolved {
  if (!w) return { mixed: x };
  if (!history) return { mixed: shortConvolution(x, w) };
  const T = x.shape[2] ?? 0;
  const window = tf.concat([history, x], 2);
  const mixed =
    T === 1 ? tf.expandDims(shortConvolutionStep(window, w), 2) : lastTokens(shortConvolution(window, w), T);
  return { mixed, convolution: lastTokens(window, history.shape[2] ?? 0) };
}
