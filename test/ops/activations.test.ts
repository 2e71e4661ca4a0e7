import { describe, expect, it } from 'vitest';
import { rmsNorm } from '../../src/ops/rmsNorm.js';
import { silu } from '../../src/ops/silu.js';
import { swiglu } from '../../src/ops/swiglu.js';
import { unitNormalise } from '../../src/ops/unitNormalise.js';
import { tf } from '../../src/core/tf.js';
import '../support/close.js';
import { describeOp } from './opCase.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Applies a function to each row of `size` numbers. */
function rows(values: Float64Array, size: number, change: (row: Float64Array) => Float64Array): Float64Array {
  const changed = new Float64Array(values.length);
  for (let i = 0; i < values.length; i += size) changed.set(change(values.subarray(i, i + size)), i);
  return changed;
}

const squares = (row: Float64Array): number => row.reduce((sum, x) => sum + x * x, 0);

describeOp('silu', [
  {
    title: 'a matrix',
    shapes: { x: [3, 5] },
    run: ({ x }) => silu(x!),
    oracle: ({ x }) => x!.map((v) => v * sigmoid(v)),
  },
  {
    title: 'far from zero',
    shapes: { x: [4] },
    given: { x: Float64Array.of(-80, -20, 20, 80) },
    run: ({ x }) => silu(x!),
    oracle: ({ x }) => x!.map((v) => v * sigmoid(v)),
  },
]);

describeOp('swiglu', [
  {
    title: 'rank 3',
    shapes: { gate: [2, 3, 4], x: [2, 3, 4] },
    run: ({ gate, x }) => swiglu(gate!, x!),
    oracle: ({ gate, x }) => x!.map((v, i) => gate![i]! * sigmoid(gate![i]!) * v),
  },
]);

describeOp('rmsNorm', [
  {
    title: 'rank 4, an epsilon that matters',
    shapes: { x: [2, 3, 2, 5] },
    run: ({ x }) => rmsNorm(x!, 0.1),
    oracle: ({ x }) => rows(x!, 5, (row) => row.map((v) => v / Math.sqrt(squares(row) / 5 + 0.1))),
  },
]);

describeOp('unitNormalise', [
  {
    title: 'rank 3, an epsilon that matters',
    shapes: { x: [2, 3, 7] },
    run: ({ x }) => unitNormalise(x!, 0.1),
    oracle: ({ x }) => rows(x!, 7, (row) => row.map((v) => v / Math.sqrt(squares(row) + 0.1))),
  },
]);

describe('unitNormalise', () => {
  it('keeps a zero vector at zero, with a finite gradient', () => {
    const x = tf.zeros([1, 4]);
    expect(unitNormalise(x).dataSync()).toBeAllClose([0, 0, 0, 0], { rtol: 0, atol: 0 });
    const gradient = tf.grad((v) => tf.sum(unitNormalise(v)))(x);
    expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it('gives length 1', () => {
    const lengths = tf.norm(unitNormalise(tf.tensor2d([[3, 4], [1e-2, 1e-2]])), 2, -1); // oxfmt-ignore
    expect(lengths).toBeAllClose(tf.tensor1d([1, 1]), { rtol: 1e-2, atol: 0 });
  });
});
