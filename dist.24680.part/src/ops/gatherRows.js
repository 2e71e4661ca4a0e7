import { sizeOf } from '../core/shapes.js';
import { tf } from '../core/tf.js';
import { defineOp } from './defineOp.js';
/**
 * Sums rows into a table of zeros; repeated ids add up, as tfjs's ScatterNd does on cpu and on wasm.
 *
 *   table_r = sum over n with ids_n = r of rows_n
 *
 * Shapes: rows [N,D], ids [N] int32 -> [count,D]. Not differentiable.
 */
export const scatterRows = defineOp({
    name: 'PavlovScatterRows',
    define: ({ rows, ids }, { count }) => tf.scatterND(tf.expandDims(ids, 1), rows, [count, rows.shape[1] ?? 0]),
    call: (apply) => (rows, ids, count) => apply({ rows, ids }, { count }),
});
/**
 * The rows of a table that ids name; its gradient adds up where an id is repeated.
 *
 * Shapes: table [count,D], ids of any shape, int32 -> [...ids, D].
 */
export const gatherRows = defineOp({
    name: 'PavlovGatherRows',
    differentiable: ['table'],
    define: ({ table, ids }) => tf.gather(table, ids),
    gradient: (dy, { table, ids }) => ({ table: scatterRows(dy, ids, table.shape[0] ?? 0) }),
    call: (apply) => (table, ids) => {
        const rows = apply({ table, ids: tf.reshape(ids, [sizeOf(ids.shape)]) });
        return tf.reshape(rows, [...ids.shape, table.shape[1] ?? 0]);
    },
});
