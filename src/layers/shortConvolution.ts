import { shortConvolution } from '../ops/shortConvolution.js';
import { tf, type Tensor } from '../core/tf.js';
import { z } from 'zod';
import { count } from '../core/schema.js';
import { tapsSpec, type Weights, weightOf, type WeightSpec } from '../core/weights.js';
import { type ArgsOf, PavlovLayer, registerLayer } from './pavlovLayer.js';

const schema = z.strictObject({
  taps: count.default(4).describe('how many tokens each output sees, its own included'),
});

/**
 * Causal depthwise convolution over time.
 *
 *   y_t = sum_i w_i x_(t - taps + 1 + i)
 *
 * Shapes: x [B,T,E], documents [B,T] int32 -> [B,T,E]; no tap reads another document.
 */
export class ShortConvolution extends PavlovLayer<typeof schema> {
  static override readonly className = 'PavlovShortConvolution';
  static override readonly schema = schema;

  constructor(args: ArgsOf<typeof schema> = {}) {
    super(args);
  }

  override specsFor(width: number): WeightSpec[] {
    return [tapsSpec('taps', width, this.options.taps)];
  }

  protected override body(weights: Weights, x: Tensor, documents?: Tensor): Tensor {
    const channels = tf.transpose(x, [0, 2, 1]);
    return tf.transpose(shortConvolution(channels, weightOf(weights, 'taps'), documents), [0, 2, 1]);
  }
}

registerLayer(ShortConvolution);
