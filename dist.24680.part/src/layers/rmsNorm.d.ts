import { type Tensor } from '../core/tf.js';
import { z } from 'zod';
import { type Weights, type WeightSpec } from '../core/weights.js';
import { type ArgsOf, PavlovLayer } from './pavlovLayer.js';
declare const schema: z.ZodObject<{
    normEpsilon: z.ZodDefault<z.ZodNumber>;
}, z.core.$strict>;
/**
 * Root-mean-square norm with a gain.
 *
 *   y = gain x / sqrt(mean(x^2) + epsilon)
 *
 * Shapes: [...,D] -> [...,D].
 * Source: Zhang and Sennrich 2019, arXiv:1910.07467.
 */
export declare class RmsNorm extends PavlovLayer<typeof schema> {
    static readonly className = "PavlovRmsNorm";
    static readonly schema: z.ZodObject<{
        normEpsilon: z.ZodDefault<z.ZodNumber>;
    }, z.core.$strict>;
    constructor(args?: ArgsOf<typeof schema>);
    protected specsFor(width: number): WeightSpec[];
    protected body(weights: Weights, x: Tensor): Tensor;
}
export {};
