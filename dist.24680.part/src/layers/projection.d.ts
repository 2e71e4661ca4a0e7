import type { Tensor } from '../core/tf.js';
import { z } from 'zod';
import { type Weights, type WeightSpec } from '../core/weights.js';
import { PavlovLayer } from './pavlovLayer.js';
declare const schema: z.ZodObject<{
    outputs: z.ZodInt;
    deviation: z.ZodDefault<z.ZodNumber>;
}, z.core.$strict>;
type Shape = (number | null)[];
/**
 * A matrix at an end of a model: real inputs to the stream, or the stream to real outputs. As an embedding it is
 * neither decayed nor made orthogonal.
 *
 *   y = x W
 *
 * Shapes: x [...,D] -> [...,outputs].
 */
export declare class Projection extends PavlovLayer<typeof schema> {
    static readonly className = "PavlovProjection";
    static readonly schema: z.ZodObject<{
        outputs: z.ZodInt;
        deviation: z.ZodDefault<z.ZodNumber>;
    }, z.core.$strict>;
    protected specsFor(width: number): WeightSpec[];
    computeOutputShape(inputShape: Shape | Shape[]): Shape;
    protected body(weights: Weights, x: Tensor): Tensor;
}
export {};
