import type { Tensor } from '../core/tf.js';
import { type Fields, positive, wholeFrom } from './faults.js';
import { swiGluMlp, swiGluMlpSpecs } from './functions/swiGluMlp.js';
import { type LayerArgs, PavlovLayer, registerLayer } from './pavlovLayer.js';
import type { Weights, WeightSpec } from './weights.js';

/** Settings of `SwiGluMlp`. */
export interface SwiGluMlpOptions {
  /** Hidden width. */
  readonly mlpWidth: number;
  /** Factor on the standard deviation of the last matrix at initialisation. Default 1. */
  readonly outputScale: number;
}

/**
 * The gated MLP.
 *
 *   y = (silu(x W_gate) (x W_up)) W_down
 *
 * Shapes: [...,D] -> [...,D].
 * Source: Shazeer 2020, arXiv:2002.05202.
 */
export class SwiGluMlp extends PavlovLayer<SwiGluMlpOptions> {
  static override readonly className = 'PavlovSwiGluMlp';
  static override readonly fields: Fields = { mlpWidth: wholeFrom(1), outputScale: positive };

  constructor(
    args: Partial<SwiGluMlpOptions> &
      Pick<SwiGluMlpOptions, 'mlpWidth'> &
      LayerArgs & { readonly seed?: number },
  ) {
    super(args, { outputScale: 1 });
  }

  protected override specsFor(width: number): WeightSpec[] {
    return swiGluMlpSpecs(width, this.options.mlpWidth, this.options.outputScale);
  }

  protected override body(weights: Weights, x: Tensor): Tensor {
    return swiGluMlp(weights, x);
  }
}

registerLayer(SwiGluMlp);
