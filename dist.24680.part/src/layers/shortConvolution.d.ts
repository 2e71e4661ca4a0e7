import { type Tensor } from '../core/tf.js';
import { z } from 'zod';
import { type Weights, type WeightSpec } from '../core/weights.js';
import { type ArgsOf, PavlovLayer } from './pavlovLayer.js';
declare const schema: z.ZodObject<{
    taps: z.ZodDefault<z.ZodInt>;
}, z.core.$strict>;
/**
 * Causal depthwise convolution over time.
 *
 *   y_t = sum_i w_i x_(t - taps + 1 + i)
 *
 * Shapes: x [B,T,E], documents [B,T] int32 -> [B,T,E]; no tap reads another document.
 */
export declare class ShortConvolution extends PavlovLayer<typeof schema> {
    static readonly className = "PavlovShortConvolution";
    static readonly schema: z.ZodObject<{
        taps: z.ZodDefault<z.ZodInt>;
    }, z.core.$strict>;
    constructor(args?: ArgsOf<typeof schema>);
    protected specsFor(width: number): WeightSpec[];
    protected body(weights: Weights, x: Tensor, documents?: Tensor): Tensor;
}
export {};
