import type { Tensor } from '../core/tf.js';
import { z } from 'zod';
import { above0, count } from '../core/schema.js';
import { type Weights, weightOf, type WeightSpec } from '../core/weights.js';
import { linear } from '../ops/linear.js';
import { PavlovLayer, registerLayer } from './pavlovLayer.js';

const schema = z.strictObject({
  outputs: count.describe('numbers per output'),
  deviation: above0
    .default(1)
    .describe('standard deviation of an output at initialisation, for inputs of variance 1'),
});

type Shape = (number | null)[];

/**
 * A matrix at an end of a model: real inputs to the stream, or the stream to real outputs. As an embedding it is
 * neither decayed nor made orthogonal.
 *
 *   y = x W
 *
 * Shapes: x [...,D] -> [...,outputs].
 */
export class Projection extends PavlovLayer<typeof schema> {
  static override readonly className = 'PavlovProjection';
  static override readonly schema = schema;

  override specsFor(width: number): WeightSpec[] {
    const { outputs, deviation } = this.options;
    const initial: WeightSpec['initial'] = (rng) =>
      rng.normals(width * outputs, deviation / Math.sqrt(width));
    return [{ name: 'matrix', shape: [width, outputs], initial, decayed: false, matrix: false }];
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [...super.computeOutputShape(inputShape).slice(0, -1), this.options.outputs];
  }

  protected override body(weights: Weights, x: Tensor): Tensor {
    return linear(x, weightOf(weights, 'matrix'));
  }
}

registerLayer(Projection);
