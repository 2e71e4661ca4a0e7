import {
  channelProjectionOp,
  projectionInputGradientOp,
  projectionWeightGradientOp,
} from '../../../core/ops/channelProjection.js';
import { scatterRowsOp } from '../../../core/ops/gatherRows.js';
import { siluOp } from '../../../core/ops/silu.js';
import { attribute, inputOf, type Lowerings } from '../lowering.js';
import { scatterAddRows } from './indexing.js';
import { product } from './products.js';
import { reduce } from './reductions.js';

/** Ops of ours that the runtime has something better for than their definition. */
export const customOps: Lowerings = {
  [scatterRowsOp.name]: (g, inputs, attrs) => {
    const [rows, ids] = [inputOf(inputs, 'rows'), inputOf(inputs, 'ids')];
    const table = g.uniform(0, [attribute<number>(attrs, 'count'), rows.shape[1] ?? 0], rows.dtype);
    return scatterAddRows(g, table, ids, rows);
  },
  [channelProjectionOp.name]: (g, inputs) =>
    product(
      g,
      { value: inputOf(inputs, 'W'), transposed: true },
      { value: inputOf(inputs, 'x'), transposed: true },
    ),
  [projectionInputGradientOp.name]: (g, inputs) =>
    product(
      g,
      { value: inputOf(inputs, 'dy'), transposed: true },
      { value: inputOf(inputs, 'W'), transposed: true },
    ),
  [projectionWeightGradientOp.name]: (g, inputs) => {
    const rows = product(
      g,
      { value: inputOf(inputs, 'x'), transposed: true },
      { value: inputOf(inputs, 'dy'), transposed: true },
    );
    return reduce(g, 'ReduceSum', rows, [0], false);
  },
  [siluOp.name]: (g, inputs) => {
    const x = inputOf(inputs, 'x');
    return g.op('QuickGelu', [x], { alpha: { f: 1 } }, x, 'com.microsoft');
  },
};
