import { z } from 'zod';
import { above0, count } from '../core/schema.js';
import { weightOf } from '../core/weights.js';
import { linear } from '../ops/linear.js';
import { PavlovLayer, registerLayer } from './pavlovLayer.js';
const schema = z.strictObject({
    outputs: count.describe('numbers per output'),
    deviation: above0
        .default(1)
        .describe('standard deviation of an output at initialisation, for inputs of variance 1'),
});
/**
 * A matrix at an end of a model: real inputs to the stream, or the stream to real outputs. As an embedding it is
 * neither decayed nor made orthogonal.
 *
 *   y = x W
 *
 * Shapes: x [...,D] -> [...,outputs].
 */
export class Projection extends PavlovLayer {
    static className = 'PavlovProjection';
    static schema = schema;
    specsFor(width) {
        const { outputs, deviation } = this.options;
        const initial = (rng) => rng.normals(width * outputs, deviation / Math.sqrt(width));
        return [{ name: 'matrix', shape: [width, outputs], initial, decayed: false, matrix: false }];
    }
    computeOutputShape(inputShape) {
        return [...super.computeOutputShape(inputShape).slice(0, -1), this.options.outputs];
    }
    body(weights, x) {
        return linear(x, weightOf(weights, 'matrix'));
    }
}
registerLayer(Projection);
