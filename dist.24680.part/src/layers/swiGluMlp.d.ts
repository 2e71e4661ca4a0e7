import { z } from 'zod';
import type { Tensor } from '../core/tf.js';
import { type Weights, type WeightSpec } from '../core/weights.js';
import { PavlovLayer } from './pavlovLayer.js';
declare const schema: z.ZodObject<{
    mlpWidth: z.ZodInt;
    outputScale: z.ZodDefault<z.ZodNumber>;
}, z.core.$strict>;
/** Matrices of the MLP that read its input, for a gain to be folded into. */
export declare const MLP_INPUTS: readonly string[];
/** Weights of `swiGluMlp`: gate and up `[D,M]`, down `[M,D]`. */
export declare function swiGluMlpSpecs(D: number, hidden: number, outputScale: number): WeightSpec[];
/** The body of `SwiGluMlp`. Shapes: x [...,D] -> [...,D]. */
export declare function swiGluMlp(weights: Weights, x: Tensor): Tensor;
/**
 * The gated MLP.
 *
 *   y = (silu(x W_gate) (x W_up)) W_down
 *
 * Shapes: [...,D] -> [...,D].
 * Source: Shazeer 2020, arXiv:2002.05202.
 */
export declare class SwiGluMlp extends PavlovLayer<typeof schema> {
    static readonly className = "PavlovSwiGluMlp";
    static readonly schema: z.ZodObject<{
        mlpWidth: z.ZodInt;
        outputScale: z.ZodDefault<z.ZodNumber>;
    }, z.core.$strict>;
    protected specsFor(width: number): WeightSpec[];
    protected body(weights: Weights, x: Tensor): Tensor;
}
export {};
