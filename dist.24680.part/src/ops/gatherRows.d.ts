import { tf, type Tensor } from '../core/tf.js';
/**
 * Sums rows into a table of zeros; repeated ids add up, as tfjs's ScatterNd does on cpu and on wasm.
 *
 *   table_r = sum over n with ids_n = r of rows_n
 *
 * Shapes: rows [N,D], ids [N] int32 -> [count,D]. Not differentiable.
 */
export declare const scatterRows: ((rows: Tensor, ids: Tensor, count: number) => tf.Tensor<tf.Rank>) & {
    readonly kernel: string;
};
/**
 * The rows of a table that ids name; its gradient adds up where an id is repeated.
 *
 * Shapes: table [count,D], ids of any shape, int32 -> [...ids, D].
 */
export declare const gatherRows: ((table: Tensor, ids: Tensor) => Tensor) & {
    readonly kernel: string;
};
