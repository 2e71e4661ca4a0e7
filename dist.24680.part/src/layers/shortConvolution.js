import { shortConvolution } from '../ops/shortConvolution.js';
import { tf } from '../core/tf.js';
import { z } from 'zod';
import { count } from '../core/schema.js';
import { tapsSpec, weightOf } from '../core/weights.js';
import { PavlovLayer, registerLayer } from './pavlovLayer.js';
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
export class ShortConvolution extends PavlovLayer {
    static className = 'PavlovShortConvolution';
    static schema = schema;
    constructor(args = {}) {
        super(args);
    }
    specsFor(width) {
        return [tapsSpec('taps', width, this.options.taps)];
    }
    body(weights, x, documents) {
        const channels = tf.transpose(x, [0, 2, 1]);
        return tf.transpose(shortConvolution(channels, weightOf(weights, 'taps'), documents), [0, 2, 1]);
    }
}
registerLayer(ShortConvolution);
