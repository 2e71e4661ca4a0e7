import { rmsNorm } from '../ops/rmsNorm.js';
import { tf, type Tensor } from '../core/tf.js';
import { type Fields, positive } from './faults.js';
import { type LayerArgs, PavlovLayer, registerLayer } from './pavlovLayer.js';
import { constantSpec, type Weights, weightOf, type WeightSpec } from './weights.js';

/** Settings of `RmsNorm`. */
export interface RmsNormOptions {
  /** Added to the mean square. Default 1e-6. */
  readonly normEpsilon: number;
}

/**
 * Root-mean-square norm with a gain.
 *
 *   y = gain x / sqrt(mean(x^2) + epsilon)
 *
 * Shapes: [...,D] -> [...,D].
 * Source: Zhang and Sennrich 2019, arXiv:1910.07467.
 */
export class RmsNorm extends PavlovLayer<RmsNormOptions> {
  static override readonly className = 'PavlovRmsNorm';
  static override readonly fields: Fields = { normEpsilon: positive };

  constructor(args: Partial<RmsNormOptions> & LayerArgs = {}) {
    super(args, { normEpsilon: 1e-6 });
  }

  protected override specsFor(width: number): WeightSpec[] {
    return [constantSpec('gain', [width], 1)];
  }

  protected override body(weights: Weights, x: Tensor): Tensor {
    return tf.mul(rmsNorm(x, this.options.normEpsilon), weightOf(weights, 'gain'));
  }
}

registerLayer(RmsNorm);
