import { z } from 'zod';
import { count } from '../core/schema.js';
import type { Tensor } from '../core/tf.js';
import { matrixSpec, type Weights, weightOf, type WeightSpec } from '../core/weights.js';
import { place } from '../mixers/contract.js';
import { linear } from '../ops/linear.js';
import { swiglu } from '../ops/swiglu.js';
import { PavlovLayer, registerLayer } from './pavlovLayer.js';

const schema = z.strictObject({
  mlpWidth: count.describe('hidden width'),
  outputScale: place.outputScale,
});

/** Matrices of the MLP that read its input, for a gain to be folded into. */
export const MLP_INPUTS: readonly string[] = ['gate', 'up'];

/** Weights of `swiGluMlp`: gate and up `[D,M]`, down `[M,D]`. */
export function swiGluMlpSpecs(D: number, hidden: number, outputScale: number): WeightSpec[] {
  return [
    matrixSpec('gate', D, hidden),
    matrixSpec('up', D, hidden),
    matrixSpec('down', hidden, D, outputScale),
  ];
}

/** The body of `SwiGluMlp`. Shapes: x [...,D] -> [...,D]. */
export function swiGluMlp(weights: Weights, x: Tensor): Tensor {
  const gate = linear(x, weightOf(weights, 'gate'));
  const up = linear(x, weightOf(weights, 'up'));
  return linear(swiglu(gate, up), weightOf(weights, 'down'));
}

/**
 * The gated MLP.
 *
 *   y = (silu(x W_gate) (x W_up)) W_down
 *
 * Shapes: [...,D] -> [...,D].
 * Source: Shazeer 2020, arXiv:2002.05202.
 */
export class SwiGluMlp extends PavlovLayer<typeof schema> {
  static override readonly className = 'PavlovSwiGluMlp';
  static override readonly schema = schema;

  override specsFor(width: number): WeightSpec[] {
    return swiGluMlpSpecs(width, this.options.mlpWidth, this.options.outputScale);
  }

  protected override body(weights: Weights, x: Tensor): Tensor {
    return swiGluMlp(weights, x);
  }
}

registerLayer(SwiGluMlp);
