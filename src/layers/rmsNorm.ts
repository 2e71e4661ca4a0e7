import { rmsNorm } from '../ops/rmsNorm.js';
import { tf, type Tensor } from '../core/tf.js';
import { z } from 'zod';
import { constantSpec, type Weights, weightOf, type WeightSpec } from '../core/weights.js';
import { normEpsilon } from '../mixers/contract.js';
import { type ArgsOf, PavlovLayer, registerLayer } from './pavlovLayer.js';

const schema = z.strictObject({ normEpsilon });

/**
 * Root-mean-square norm with a gain.
 *
 *   y = gain x / sqrt(mean(x^2) + epsilon)
 *
 * Shapes: [...,D] -> [...,D].
 * Source: Zhang and Sennrich 2019, arXiv:1910.07467.
 */
export class RmsNorm extends PavlovLayer<typeof schema> {
  static override readonly className = 'PavlovRmsNorm';
  static override readonly schema = schema;

  constructor(args: ArgsOf<typeof schema> = {}) {
    super(args);
  }

  override specsFor(width: number): WeightSpec[] {
    return [constantSpec('gain', [width], 1)];
  }

  protected override body(weights: Weights, x: Tensor): Tensor {
    return tf.mul(rmsNorm(x, this.options.normEpsilon), weightOf(weights, 'gain'));
  }
}

registerLayer(RmsNorm);
