import { linearCrossEntropyOp } from '../../../core/ops/linearCrossEntropy.js';
import type { GraphBuilder } from '../builder.js';
import { inputOf, type Lowerings } from '../lowering.js';
import type { Value } from '../value.js';
import { binary, same } from './elementwise.js';
import { gather, scatterAddRows } from './indexing.js';
import { concat, slice } from './shaping.js';

/** Rows of logits at a time: 512 rows of a vocabulary of 4096 are 8 MB, which stay in the cache. */
const ELEMENTS = 2 ** 21;

interface Parts {
  /** Log probability of the target, `[rows,1]`. */
  readonly logTarget: Value;
  /** Probabilities times the table, `[rows,D]`. */
  readonly expected: Value;
  /** Probabilitiesᵀ times the weighted x, summed so far. */
  readonly table: Value;
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
  const log = g.op('LogSoftmax', [logits], { axis: 1 }, logits);
  const probability = same(g, 'Exp', [log], log);
  const column = g.reshape(targets, [rows, 1]);
  return {
    logTarget: g.op('GatherElements', [log, column], { axis: 1 }, float([rows, 1])),
    expected: g.op('Gemm', [probability, table], {}, x),
    table: g.op('Gemm', [probability, weighted, ...(sum ? [sum] : [])], { transA: 1 }, table),
  };
}

/** The first axis from `start` on, at most `size` of it. */
function rowsOf(g: GraphBuilder, x: Value, start: number, size: number): Value {
  const end = Math.min(start + size, x.shape[0] ?? 0);
  const rest = x.shape.slice(1);
  const ones = x.shape.map(() => 1);
  return slice(g, x, [start, ...rest.map(() => 0)], [end, ...rest], ones, [end - start, ...rest]);
}

export const crossEntropy: Lowerings = {
  [linearCrossEntropyOp.name]: (g, inputs) => {
    const [x, table] = [inputOf(inputs, 'x'), inputOf(inputs, 'table')];
    const [targets, weights] = [inputOf(inputs, 'targets'), inputOf(inputs, 'weights')];
    const [N = 0, count = 1] = [x.shape[0], table.shape[0]];
    const scale = g.reshape(weights, [N, 1]);
    const weighted = binary(g, 'Mul', x, scale);
    const rows = Math.max(1, Math.floor(ELEMENTS / count));
    const parts: Parts[] = [];
    for (let at = 0; at < N; at += rows) {
      const part = (value: Value): Value => rowsOf(g, value, at, rows);
      const given = { x: part(x), weighted: part(weighted), targets: part(targets), table };
      parts.push(slab(g, given, parts.at(-1)?.table));
    }
    const expected = concat(
      g,
      parts.map((part) => part.expected),
      0,
    );
    const logs = concat(
      g,
      parts.map((part) => part.logTarget),
      0,
    );
    const dX = binary(g, 'Mul', binary(g, 'Sub', expected, gather(g, table, targets, 0)), scale);
    const toTargets = same(g, 'Neg', [weighted], weighted);
    const sum = parts.at(-1)?.table ?? g.uniform(0, table.shape, 'float32');
    return [g.reshape(same(g, 'Neg', [logs], logs), [N]), dX, scatterAddRows(g, sum, targets, toTargets)];
  },
};
