import { swiglu } from '../../ops/swiglu.js';
import type { Tensor } from '../../core/tf.js';
import { matrixSpec, type Weights, weightOf, type WeightSpec } from '../weights.js';
import { linear } from './linear.js';

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

/**
 * The gated MLP.
 *
 *   y = (silu(x W_gate) (x W_up)) W_down
 *
 * Shapes: x [...,D] -> [...,D].
 * Source: Shazeer 2020, arXiv:2002.05202.
 */
export function swiGluMlp(weights: Weights, x: Tensor): Tensor {
  const gate = linear(x, weightOf(weights, 'gate'));
  const up = linear(x, weightOf(weights, 'up'));
  return linear(swiglu(gate, up), weightOf(weights, 'down'));
}
