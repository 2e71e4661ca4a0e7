import type { Tensor } from '../core/tf.js';
import { type Fields, positive, wholeFrom } from './faults.js';
import { linear } from './functions/linear.js';
import { type LayerArgs, PavlovLayer, registerLayer } from './pavlovLayer.js';
import { type Weights, weightOf, type WeightSpec } from './weights.js';

/** Settings of `Projection`. */
export interface ProjectionOptions {
  readonly outputs: number;
  /** Standard deviation of an output at initialisation, for inputs of variance 1. Default 1. */
  readonly deviation: number;
}

type Shape = (number | null)[];

/**
 * A matrix at an end of a model: real inputs to the stream, or the stream to real outputs. As an embedding it is
 * neither decayed nor made orthogonal.
 *
 *   y = x W
 *
 * Shapes: x [...,D] -> [...,outputs].
 */
export class Projection extends PavlovLayer<ProjectionOptions> {
  static override readonly className = 'PavlovProjection';
  static override readonly fields: Fields = { outputs: wholeFrom(1), deviation: positive };

  constructor(
    args: Partial<ProjectionOptions> &
      Pick<ProjectionOptions, 'outputs'> &
      LayerArgs & { readonly seed?: number },
  ) {
    super(args, { deviation: 1 });
  }

  protected override specsFor(width: number): WeightSpec[] {
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
