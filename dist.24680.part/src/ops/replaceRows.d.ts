import { tf, type Tensor } from '../core/tf.js';
/** The gradient of `replaceRows`: zero in the rows that were replaced. */
export declare const clearRows: ((inputs: {
    readonly flags: Tensor;
    readonly dy: Tensor;
}) => tf.Tensor<tf.Rank>) & {
    readonly kernel: string;
};
/**
 * Rows of x, or of `fresh` where they are flagged. Only x takes a gradient: that of `tf.where` in flags of
 * another shape is a slice for every time they are repeated.
 *
 *   y_b = flag_b ? fresh_b : x_b
 *
 * Shapes: flags bool `[B,1]` · fresh, x, y `[B,..]`.
 */
export declare const replaceRows: ((flags: Tensor, fresh: Tensor, x: Tensor) => Tensor) & {
    readonly kernel: string;
};
