import { rmsNorm } from '../ops/rmsNorm.js';
import { tf } from '../core/tf.js';
import { z } from 'zod';
import { constantSpec, weightOf } from '../core/weights.js';
import { normEpsilon } from '../mixers/contract.js';
import { PavlovLayer, registerLayer } from './pavlovLayer.js';
const schema = z.strictObject({ normEpsilon });
/**
 * Root-mean-square norm with a gain.
 *
 *   y = gain x / sqrt(mean(x^2) + epsilon)
 *
 * Shapes: [...,D] -> [...,D].
 * Source: Zhang and Sennrich 2019, arXiv:1910.07467.
 */
export class RmsNorm extends PavlovLayer {
    static className = 'PavlovRmsNorm';
    static schema = schema;
    constructor(args = {}) {
        super(args);
    }
    specsFor(width) {
        return [constantSpec('gain', [width], 1)];
    }
    body(weights, x) {
        return tf.mul(rmsNorm(x, this.options.normEpsilon), weightOf(weights, 'gain'));
    }
}
registerLayer(RmsNorm);
