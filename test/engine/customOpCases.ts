import { shortConvolution } from '../../src/ops/shortConvolution.js';
import { channelProjection } from '../../src/ops/channelProjection.js';
import { gatherRows } from '../../src/ops/gatherRows.js';
import { linearCrossEntropySum, linearNats } from '../../src/ops/linearCrossEntropy.js';
import { replaceRows } from '../../src/ops/replaceRows.js';
import { rmsNorm } from '../../src/ops/rmsNorm.js';
import { silu } from '../../src/ops/silu.js';
import { swiglu } from '../../src/ops/swiglu.js';
import { unitLowerInverse } from '../../src/ops/unitLowerInverse.js';
import { transposeMatrices } from '../../src/ops/transposeMatrices.js';
import { unitNormalise } from '../../src/ops/unitNormalise.js';
import { writeRow } from '../../src/ops/writeRow.js';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { KernelCase } from './kernelCases.js';

const ids = (values: readonly number[]): Tensor => tf.tensor1d([...values], 'int32');

/** Document ids of rows, with documents of one, two and many tokens. */
function documents(B: number, T: number): Tensor {
  const rng = Rng.fromSeed(T);
  const row = (): number[] => {
    let id = 0;
    return Array.from({ length: T }, () => (rng.uniform() < 0.3 ? ++id : id));
  };
  return tf.tensor2d(Array.from({ length: B }, row), [B, T], 'int32');
}

const convolutions = [1, 2, 4, 5].flatMap((taps) =>
  [1, 3, 8, 13, 24].flatMap((T) =>
    [false, true].map((several): KernelCase => ({
      name: `shortConvolution ${taps} taps, ${T} tokens${several ? ', documents' : ''}`,
      shapes: [
        [2, 3, T],
        [3, taps],
      ],
      fn: (x, w) => shortConvolution(x, w, several ? documents(2, T) : undefined),
    })),
  ),
);

/** 700 rows of 4096 logits: more than one slab in the graph. */
const manyTargets = Array.from({ length: 700 }, (_, i) => (i * 37) % 11);

/** Ops of ours, whose graph mappings must agree with their definitions. */
export const customOpCases: readonly KernelCase[] = [
  ...convolutions,
  {
    name: 'writeRow',
    shapes: [
      [3, 2, 5, 4],
      [3, 2, 1, 4],
    ],
    fn: (table, row) => writeRow(table, row, ids([4, 0, 2])),
    differentiable: false,
  },
  {
    name: 'channelProjection',
    shapes: [
      [2, 5, 3],
      [3, 4],
    ],
    fn: (x, W) => channelProjection(x, W),
  },
  {
    name: 'channelProjection of one row',
    shapes: [
      [1, 7, 3],
      [3, 6],
    ],
    fn: (x, W) => channelProjection(x, W),
  },
  { name: 'gatherRows with repeats', shapes: [[5, 3]], fn: (x) => gatherRows(x, ids([4, 0, 0, 2, 4, 4])) },
  {
    name: 'linearCrossEntropySum',
    shapes: [
      [5, 3],
      [7, 3],
    ],
    fn: (x, table) => linearCrossEntropySum(x, table, ids([0, 6, 6, 2, 1]), tf.tensor1d([1, 0, 2, 0.5, 1])),
  },
  {
    name: 'linearCrossEntropySum in slabs',
    shapes: [
      [700, 2],
      [4096, 2],
    ],
    fn: (x, table) => linearCrossEntropySum(x, table, ids(manyTargets), tf.ones([700])),
  },
  {
    name: 'linearNats',
    shapes: [
      [5, 3],
      [7, 3],
    ],
    fn: (x, table) => linearNats(x, table, ids([0, 6, 6, 2, 1])),
  },
  {
    name: 'replaceRows',
    shapes: [[3, 2, 4]],
    fn: (x) => replaceRows(tf.tensor2d([1, 0, 1], [3, 1], 'bool'), tf.ones([3, 2, 4]), x),
  },
  { name: 'rmsNorm', shapes: [[2, 3, 5]], fn: (x) => rmsNorm(x, 1e-5) },
  { name: 'rmsNorm of many', shapes: [[300, 17]], fn: (x) => rmsNorm(x, 1e-5) },
  { name: 'unitNormalise of many', shapes: [[300, 17]], fn: (x) => unitNormalise(x) },
  {
    name: 'swiglu of many',
    shapes: [
      [300, 17],
      [300, 17],
    ],
    fn: (gate, x) => swiglu(gate, x),
  },
  {
    name: 'channelProjection of one token',
    shapes: [
      [3, 1, 5],
      [5, 4],
    ],
    fn: (x, W) => channelProjection(x, W),
  },
  { name: 'silu', shapes: [[3, 5]], fn: (x) => silu(x) },
  ...[
    [2, 3, 5],
    [3, 16, 121],
    [3, 121, 16],
    [2, 100, 90],
    [2, 3000, 2],
  ].map((shape) => ({
    name: `transposeMatrices of [${shape.join()}]`,
    shapes: [shape],
    fn: (x: Tensor) => transposeMatrices({ x }),
  })),
  {
    name: 'swiglu',
    shapes: [
      [3, 5],
      [3, 5],
    ],
    fn: (gate, x) => swiglu(gate, x),
  },
  { name: 'unitNormalise', shapes: [[2, 3, 5]], fn: (x) => unitNormalise(x) },
  { name: 'unitLowerInverse', shapes: [[2, 13, 13]], fn: (a) => unitLowerInverse(tf.mul(a, 0.3)) },
  { name: 'unitLowerInverse of 64', shapes: [[2, 64, 64]], fn: (a) => unitLowerInverse(tf.mul(a, 0.1)) },
];
