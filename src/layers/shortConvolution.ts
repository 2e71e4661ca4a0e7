import { shortConvolution } from '../ops/shortConvolution.js';
import { tf, type Tensor } from '../core/tf.js';
import { type Fields, wholeFrom } from './faults.js';
import { type LayerArgs, PavlovLayer, registerLayer } from './pavlovLayer.js';
import { tapsSpec, type Weights, weightOf, type WeightSpec } from './weights.js';

/** Settings of `ShortConvolution`. */
export interface ShortConvolutionOptions {
  /** How many tokens each output sees, its own included. Default 4. */
  readonly taps: number;
}

/**
 * Causal depthwise convolution over time.
 *
 *   y_t = sum_i w_i x_(t - taps + 1 + i)
 *
 * Shapes: x [B,T,E], documents [B,T] int32 -> [B,T,E]; no tap reads another document.
 */
export class ShortConvolution extends PavlovLayer<ShortConvolutionOptions> {
  static override readonly className = 'PavlovShortConvolution';
  static override readonly fields: Fields = { taps: wholeFrom(1) };

  constructor(args: Partial<ShortConvolutionOptions> & LayerArgs & { readonly seed?: number } = {}) {
    super(args, { taps: 4 });
  }

  protected override specsFor(width: number): WeightSpec[] {
    return [tapsSpec('taps', width, this.options.taps)];
  }

  protected override body(weights: Weights, x: Tensor, documents?: Tensor): Tensor {
    const channels = tf.transpose(x, [0, 2, 1]);
    return tf.transpose(shortConvolution(channels, weightOf(weights, 'taps'), documents), [0, 2, 1]);
  }
}

registerLayer(ShortConvolution);
