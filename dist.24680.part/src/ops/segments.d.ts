import { type Tensor, type Tensor2D } from '../core/tf.js';
/**
 * Running number of the document each token is in, counted from 0 in its row: it goes up wherever the id
 * changes, so that an id used again later in a row is another segment.
 *
 * Shapes: documents [B,T] int32 -> segments [B,T] float32 (exact below 2^24).
 */
export declare function segmentsOf(documents: Tensor): Tensor2D;
/**
 * Where another document starts than that of the row's first token.
 *
 * Shapes: documents [B,T] int32 -> [B,T] bool, false at the first token.
 */
export declare function restartsOf(documents: Tensor): Tensor2D;
