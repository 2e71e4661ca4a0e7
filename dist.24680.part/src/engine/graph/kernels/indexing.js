import { TraceError } from '../../../core/errors.js';
import { sizeOf } from '../../../core/shapes.js';
import { attribute, inputOf } from '../lowering.js';
import { binary, cast } from './elementwise.js';
/**
 * Rows added into a table of zeros at the row numbers, repeats summed.
 *
 * `ScatterElements` and not `ScatterND`: the latter loses updates of repeated indices on ONNX Runtime's CPU.
 */
export function scatterAddRows(g, table, ids, rows) {
    const [count, width] = [sizeOf(ids.shape), sizeOf(rows.shape.slice(1))];
    const flat = g.reshape(rows, [count, width]);
    const column = g.reshape(ids, [count, 1]);
    const wide = g.op('Expand', [column, g.ints([count, width])], {}, { shape: [count, width], dtype: ids.dtype });
    const base = g.reshape(table, [table.shape[0] ?? 0, width]);
    const info = { shape: base.shape, dtype: table.dtype };
    const sum = g.op('ScatterElements', [base, wide, flat], { axis: 0, reduction: 'add' }, info);
    return g.reshape(sum, table.shape);
}
export function gather(g, x, indices, axis) {
    const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
    return g.op('Gather', [x, indices], { axis }, { shape, dtype: x.dtype });
}
export const indexing = {
    GatherV2: (g, inputs, attrs) => {
        const x = inputOf(inputs, 'x');
        const axis = attribute(attrs, 'axis');
        if (attribute(attrs, 'batchDims') !== 0) {
            throw new TraceError('gather: expected batchDims 0 in the graph engine; flatten the batch into the indices');
        }
        return gather(g, x, inputOf(inputs, 'indices'), axis < 0 ? axis + x.shape.length : axis);
    },
    UnsortedSegmentSum: (g, inputs, attrs) => {
        const [x, ids] = [inputOf(inputs, 'x'), inputOf(inputs, 'segmentIds')];
        const shape = [attribute(attrs, 'numSegments'), ...x.shape.slice(ids.shape.length)];
        const flat = g.reshape(x, [sizeOf(ids.shape), ...shape.slice(1)]);
        return scatterAddRows(g, g.uniform(0, shape, x.dtype), g.reshape(ids, [sizeOf(ids.shape)]), flat);
    },
    OneHot: (g, inputs, attrs) => {
        const indices = inputOf(inputs, 'indices');
        const depth = attribute(attrs, 'depth');
        const classes = g.constant(Int32Array.from({ length: depth }, (_, i) => i), [depth], 'int32');
        const hit = binary(g, 'Equal', g.reshape(indices, [...indices.shape, 1]), classes, 'bool');
        const dtype = attribute(attrs, 'dtype') ?? 'int32';
        const [on, off] = [attribute(attrs, 'onValue'), attribute(attrs, 'offValue')];
        if (on === 1 && off === 0)
            return cast(g, hit, dtype);
        return g.op('Where', [hit, g.scalar(on, dtype), g.scalar(off, dtype)], {}, { shape: hit.shape, dtype });
    },
    Range: (g, _inputs, attrs) => {
        const [start, stop, step] = ['start', 'stop', 'step'].map((name) => attribute(attrs, name)); // three names
        const length = Math.max(0, Math.ceil((stop - start) / step));
        const values = Array.from({ length }, (_, i) => start + i * step);
        return g.constant(values, [length], attribute(attrs, 'dtype') ?? 'float32');
    },
};
