import { applyOp, type CustomOp } from './customOp.js';
import { sizeOf } from '../core/shapes.js';
import { tf, type Tensor } from '../core/tf.js';
import { tensorAt } from './tensorAt.js';

type Scatter = { readonly rows: Tensor; readonly ids: Tensor };
type Gather = { readonly table: Tensor; readonly ids: Tensor };

/** Kernel of `scatterRows`. tfjs's ScatterNd adds up repeated indices on cpu and on wasm. */
export const scatterRowsOp: CustomOp<Scatter, { readonly count: number }> = {
  name: 'PavlovScatterRows',
  differentiable: [],
  define: ({ rows, ids }, { count }) => {
    const D = rows.shape[1] ?? 0;
    return [tf.scatterND(tf.expandDims(ids, 1), rows, [count, D])];
  },
};

/**
 * Sums rows into a table of zeros; repeated ids add up.
 *
 *   table_r = sum over n with ids_n = r of rows_n
 *
 * Shapes: rows [N,D], ids [N] int32 -> [count,D]. Not differentiable.
 */
export function scatterRows(rows: Tensor, ids: Tensor, count: number): Tensor {
  return tensorAt(applyOp(scatterRowsOp, { rows, ids }, { count }), 0);
}

/** Kernel of `gatherRows`. */
export const gatherRowsOp: CustomOp<Gather, Record<string, never>> = {
  name: 'PavlovGatherRows',
  differentiable: ['table'],
  define: ({ table, ids }) => [tf.gather(table, ids)],
  gradient: (dys, { table, ids }) => [scatterRows(tensorAt(dys, 0), ids, table.shape[0] ?? 0)],
};

/**
 * The rows of a table that ids name; its gradient adds up where an id is repeated.
 *
 * Shapes: table [count,D], ids of any shape, int32 -> [...ids, D].
 */
export function gatherRows(table: Tensor, ids: Tensor): Tensor {
  const flat = tf.reshape(ids, [sizeOf(ids.shape)]);
  const rows = tensorAt(applyOp(gatherRowsOp, { table, ids: flat }, {}), 0);
  return tf.reshape(rows, [...ids.shape, table.shape[1] ?? 0]);
}
