import { TraceError } from '../../../core/errors.js';
import { sizeOf } from '../../../core/shapes.js';
import type { GraphBuilder } from '../builder.js';
import { attribute, inputOf, type Lowerings } from '../lowering.js';
import type { ElementType, Value } from '../value.js';
import { binary, cast } from './elementwise.js';
import { slabs } from './shaping.js';

/** Each number of classes: 1 where an index is the class, 0 elsewhere. */
function hits(g: GraphBuilder, indices: Value, depth: number): Value {
  const classes = g.constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
    'int32',
  );
  return binary(g, 'Equal', g.reshape(indices, [...indices.shape, 1]), classes, 'bool');
}

/** The sums as products with one-hot rows, a slab at a time. A row that is not finite makes all sums so. */
function sumByProducts(g: GraphBuilder, rows: Value, ids: Value, count: number): Value {
  const [N = 0, width = 0] = rows.shape;
  const info = { shape: [count, width], dtype: rows.dtype };
  let sum: Value | undefined;
  for (const part of slabs(g, N, count)) {
    const chosen = cast(g, hits(g, part(ids), count), rows.dtype);
    sum = g.op('Gemm', [chosen, part(rows), ...(sum ? [sum] : [])], { transA: 1 }, info);
  }
  return sum ?? g.uniform(0, info.shape, info.dtype);
}

/**
 * Rows `[N,D]` summed by the row `[N]` of a table `[count,D]` that each belongs to; 0 where none does.
 *
 * `ScatterElements` and not `ScatterND`: the latter loses updates of repeated indices on ONNX Runtime's CPU.
 */
export function sumRows(g: GraphBuilder, rows: Value, ids: Value, count: number): Value {
  if (!g.device.addsInOrder && rows.dtype === 'float32') return sumByProducts(g, rows, ids, count);
  const [N = 0, width = 0] = rows.shape;
  const column = g.reshape(ids, [N, 1]);
  const wide = g.op('Expand', [column, g.ints([N, width])], {}, { shape: [N, width], dtype: ids.dtype });
  const info = { shape: [count, width], dtype: rows.dtype };
  const zeros = g.uniform(0, info.shape, info.dtype);
  return g.op('ScatterElements', [zeros, wide, rows], { axis: 0, reduction: 'add' }, info);
}

export function gather(g: GraphBuilder, x: Value, indices: Value, axis: number): Value {
  const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
  return g.op('Gather', [x, indices], { axis }, { shape, dtype: x.dtype });
}

export const indexing: Lowerings = {
  GatherV2: (g, inputs, attrs) => {
    const x = inputOf(inputs, 'x');
    const axis = attribute<number>(attrs, 'axis');
    if (attribute<number>(attrs, 'batchDims') !== 0) {
      throw new TraceError(
        'gather: expected batchDims 0 in the graph engine; flatten the batch into the indices',
      );
    }
    return gather(g, x, inputOf(inputs, 'indices'), axis < 0 ? axis + x.shape.length : axis);
  },
  UnsortedSegmentSum: (g, inputs, attrs) => {
    const [x, ids] = [inputOf(inputs, 'x'), inputOf(inputs, 'segmentIds')];
    const [N, rest] = [sizeOf(ids.shape), x.shape.slice(ids.shape.length)];
    const count = attribute<number>(attrs, 'numSegments');
    const sum = sumRows(g, g.reshape(x, [N, sizeOf(rest)]), g.reshape(ids, [N]), count);
    return g.reshape(sum, [count, ...rest]);
  },
  OneHot: (g, inputs, attrs) => {
    const indices = inputOf(inputs, 'indices');
    const depth = attribute<number>(attrs, 'depth');
    const hit = hits(g, indices, depth);
    const dtype = attribute<ElementType | undefined>(attrs, 'dtype') ?? 'int32';
    const [on, off] = [attribute<number>(attrs, 'onValue'), attribute<number>(attrs, 'offValue')];
    if (on === 1 && off === 0) return cast(g, hit, dtype);
    return g.op('Where', [hit, g.scalar(on, dtype), g.scalar(off, dtype)], {}, { shape: hit.shape, dtype });
  },
  Range: (g, _inputs, attrs) => {
    const [start, stop, step] = ['start', 'stop', 'step'].map((name) => attribute<number>(attrs, name)) as [
      number,
      number,
      number,
    ]; // three names
    const length = Math.max(0, Math.ceil((stop - start) / step));
    const values = Array.from({ length }, (_, i) => start + i * step);
    return g.constant(values, [length], attribute<ElementType | undefined>(attrs, 'dtype') ?? 'float32');
  },
};
