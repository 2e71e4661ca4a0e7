import { shortConvolution, shortConvolutionStep } from '../../core/ops/shortConvolution.js';
import { tf, type Tensor } from '../../core/tf.js';
import { lastTokens } from './headParts.js';

/** The convolved tokens `[B,T,E]`, and the inputs to remember `[B,taps-1,E]` (absent when there are none). */
export interface Convolved {
  readonly mixed: Tensor;
  readonly convolution?: Tensor;
}

/**
 * A short convolution of the next tokens, given the inputs of the last `taps - 1` before them.
 *
 * Shapes: x [B,T,E], w [E,taps] (undefined: no convolution), history [B,taps-1,E] (undefined for one tap).
 */
export function carriedConvolution(x: Tensor, w: Tensor | undefined, history: Tensor | undefined): Convolved {
  if (!w) return { mixed: x };
  if (!history) return { mixed: shortConvolution(x, w) };
  const T = x.shape[1] ?? 0;
  const window = tf.concat([history, x], 1);
  const mixed =
    T === 1 ? tf.expandDims(shortConvolutionStep(window, w), 1) : lastTokens(shortConvolution(window, w), T);
  return { mixed, convolution: lastTokens(window, history.shape[1] ?? 0) };
}
