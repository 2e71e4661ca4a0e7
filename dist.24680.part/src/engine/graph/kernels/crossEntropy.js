import { linearCrossEntropy } from '../../../ops/linearCrossEntropy.js';
import { inputOf } from '../lowering.js';
import { binary, same } from './elementwise.js';
import { concat, slice } from './shaping.js';
/** Rows of logits at a time: 512 rows of a vocabulary of 4096 are 8 MB, which stay in the cache. */
const ELEMENTS = 2 ** 21;
/** One slab of rows: its logits live only here. */
function slab(g, { x, weighted, targets, table }, sum) {
    const [rows = 0, count = 0] = [x.shape[0], table.shape[0]];
    const float = (shape) => ({ shape, dtype: 'float32' });
    const logits = g.op('Gemm', [x, table], { transB: 1 }, float([rows, count]));
    const log = g.op('LogSoftmax', [logits], { axis: 1 }, logits);
    const column = g.reshape(targets, [rows, 1]);
    // One entry a row, in place: cheaper than a gather and a scatter of rows of the table.
    const less = { axis: 1, reduction: 'add' };
    const change = g.uniform(-1, [rows, 1], 'float32');
    const error = g.op('ScatterElements', [same(g, 'Exp', [log], log), column, change], less, log);
    return {
        logTarget: g.op('GatherElements', [log, column], { axis: 1 }, float([rows, 1])),
        dX: g.op('Gemm', [error, table], {}, x),
        dTable: g.op('Gemm', [error, weighted, ...(sum ? [sum] : [])], { transA: 1 }, table),
    };
}
/** The first axis from `start` on, at most `size` of it. */
function rowsOf(g, x, start, size) {
    const end = Math.min(start + size, x.shape[0] ?? 0);
    const rest = x.shape.slice(1);
    const ones = x.shape.map(() => 1);
    return slice(g, x, [start, ...rest.map(() => 0)], [end, ...rest], ones, [end - start, ...rest]);
}
export const crossEntropy = {
    [linearCrossEntropy.kernel]: (g, inputs) => {
        const [x, table] = [inputOf(inputs, 'x'), inputOf(inputs, 'table')];
        const [targets, weights] = [inputOf(inputs, 'targets'), inputOf(inputs, 'weights')];
        const [N = 0, count = 1] = [x.shape[0], table.shape[0]];
        const scale = g.reshape(weights, [N, 1]);
        const weighted = binary(g, 'Mul', x, scale);
        const rows = Math.max(1, Math.floor(ELEMENTS / count));
        const parts = [];
        for (let at = 0; at < N; at += rows) {
            const part = (value) => rowsOf(g, value, at, rows);
            const given = { x: part(x), weighted: part(weighted), targets: part(targets), table };
            parts.push(slab(g, given, parts.at(-1)?.dTable));
        }
        const logs = concat(g, parts.map(({ logTarget }) => logTarget), 0);
        const dX = concat(g, parts.map((part) => part.dX), 0);
        const dTable = parts.at(-1)?.dTable ?? g.uniform(0, table.shape, 'float32');
        return [g.reshape(same(g, 'Neg', [logs], logs), [N]), binary(g, 'Mul', dX, scale), dTable];
    },
};
