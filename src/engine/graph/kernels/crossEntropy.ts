import { linearCrossEntropy } from '../../../ops/linearCrossEntropy.js';
import type { GraphBuilder } from '../builder.js';
import { inputOf, type Lowerings } from '../lowering.js';
import type { Value } from '../value.js';
import { binary, same } from './elementwise.js';
import { reduce } from './reductions.js';
import { after, concat, slabs } from './shaping.js';

interface Parts {
  /** Log probability of the target, `[rows,1]`. */
  readonly logTarget: Value;
  /** (Probabilities - one-hot targets) times the table, `[rows,D]`. */
  readonly dX: Value;
  /** (Probabilities - one-hot targets)ᵀ times the weighted x, summed so far. */
  readonly dTable: Value;
}

/** x - log(sum exp(x)) of each row. */
function logSoftmax(g: GraphBuilder, x: Value): Value {
  if (!g.device.lacks.has('LogSoftmax')) return g.op('LogSoftmax', [x], { axis: 1 }, x);
  const below = binary(g, 'Sub', x, reduce(g, 'ReduceMax', x, [1], true));
  const sum = reduce(g, 'ReduceSum', same(g, 'Exp', [below], x), [1], true);
  return binary(g, 'Sub', below, same(g, 'Log', [sum], sum));
}

/** One slab of rows: its logits live only here. */
function slab(
  g: GraphBuilder,
  { x, weighted, targets, table }: Readonly<Record<'x' | 'weighted' | 'targets' | 'table', Value>>,
  sum: Value | undefined,
): Parts {
  const [rows = 0, count = 0] = [x.shape[0], table.shape[0]];
  const float = (shape: readonly number[]) => ({ shape, dtype: 'float32' as const });
  const logits = g.op('Gemm', [x, table], { transB: 1 }, float([rows, count]));
  const log = logSoftmax(g, logits);
  const column = g.reshape(targets, [rows, 1]);
  // One entry a row, in place: cheaper than a gather and a scatter of rows of the table.
  const less = { axis: 1, reduction: 'add' };
  const logTarget = g.op('GatherElements', [log, column], { axis: 1 }, float([rows, 1]));
  // Whatever reads the logits or the error does so before the next slab, so that one slab is held at a time.
  const change = after(g, g.uniform(-1, [rows, 1], 'float32'), [logTarget]);
  const error = g.op('ScatterElements', [same(g, 'Exp', [log], log), column, change], less, log);
  return {
    logTarget,
    dX: g.op('Gemm', [error, table], {}, x),
    dTable: g.op('Gemm', [error, weighted, ...(sum ? [sum] : [])], { transA: 1 }, table),
  };
}

export const crossEntropy: Lowerings = {
  [linearCrossEntropy.kernel]: (g, inputs) => {
    const [x, table] = [inputOf(inputs, 'x'), inputOf(inputs, 'table')];
    const [targets, weights] = [inputOf(inputs, 'targets'), inputOf(inputs, 'weights')];
    const [N = 0, count = 1] = [x.shape[0], table.shape[0]];
    const scale = g.reshape(weights, [N, 1]);
    const weighted = binary(g, 'Mul', x, scale);
    const parts: Parts[] = [];
    for (const part of slabs(g, N, count)) {
      const last = parts.at(-1);
      const rows = last ? after(g, part(x), [last.dX, last.dTable]) : part(x);
      parts.push(slab(g, { x: rows, weighted: part(weighted), targets: part(targets), table }, last?.dTable));
    }
    const logs = concat(
      g,
      parts.map(({ logTarget }) => logTarget),
      0,
    );
    const dTable = parts.at(-1)?.dTable ?? g.uniform(0, table.shape, 'float32');
    const dX = after(
      g,
      concat(
        g,
        parts.map((part) => part.dX),
        0,
      ),
      [dTable],
    );
    return [g.reshape(same(g, 'Neg', [logs], logs), [N]), binary(g, 'Mul', dX, scale), dTable];
  },
};
