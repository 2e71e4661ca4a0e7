import { type Tensor } from '../core/tf.js';
import { z } from 'zod';
import { type Weights, type WeightSpec } from '../core/weights.js';
import { PavlovLayer } from './pavlovLayer.js';
declare const schema: z.ZodObject<{
    vocabularySize: z.ZodInt;
    width: z.ZodInt;
    scale: z.ZodDefault<z.ZodNumber>;
    deviation: z.ZodDefault<z.ZodNumber>;
}, z.core.$strict>;
type Shape = (number | null)[];
/**
 * Token ids to rows of a table scaled to the stream, as the model reads them.
 *
 * Shapes: table [vocabulary,D], ids [B,T] int32 -> [B,T,D].
 */
export declare function embedTokens(table: Tensor, ids: Tensor, scale: number): Tensor;
/**
 * Logits by the same table.
 *
 *   logits = x tableᵀ
 *
 * Shapes: table [vocabulary,D], x [...,D] -> [...,vocabulary].
 */
export declare function tiedLogits(table: Tensor, x: Tensor): Tensor;
/**
 * The table of tokens, for both ends of a model: applied to ids it looks up rows, applied to vectors it gives
 * logits (Press and Wolf 2017, arXiv:1608.05859).
 *
 *   rows: y = scale table_id      logits: y = x tableᵀ
 *
 * Shapes: ids [B,T] -> [B,T,D]; x [B,T,D] -> [B,T,vocabulary].
 */
export declare class TokenEmbedding extends PavlovLayer<typeof schema> {
    static readonly className = "PavlovTokenEmbedding";
    static readonly schema: z.ZodObject<{
        vocabularySize: z.ZodInt;
        width: z.ZodInt;
        scale: z.ZodDefault<z.ZodNumber>;
        deviation: z.ZodDefault<z.ZodNumber>;
    }, z.core.$strict>;
    build(): void;
    protected specsFor(): WeightSpec[];
    computeOutputShape(inputShape: Shape | Shape[]): Shape;
    protected body(weights: Weights, x: Tensor): Tensor;
}
export {};
