import { tf, type Tensor } from '../../src/core/tf.js';
import { elementwiseCases, type KernelCase } from './kernelCases.js';

const ids = (values: number[]): Tensor => tf.tensor1d(values, 'int32');

const products = [
  [[3, 5], [5, 4], false, false],
  [[5, 3], [5, 4], true, false],
  [[3, 5], [4, 5], false, true],
  [[5, 3], [4, 5], true, true],
  [[2, 3, 5], [2, 5, 4], false, false],
  [[2, 5, 3], [2, 5, 4], true, false],
  [[2, 3, 5], [2, 4, 5], false, true],
  [[2, 5, 3], [2, 4, 5], true, true],
  [[2, 3, 1, 5], [2, 3, 5, 1], false, false],
  [[2, 2, 2, 3, 5], [2, 2, 2, 4, 5], false, true],
  [[1, 1], [1, 1], false, true],
] as const;

const reductions = (
  name: string,
  fn: (x: Tensor, axis: number[] | undefined, keep: boolean) => Tensor,
): KernelCase[] =>
  [undefined, [0], [1], [-1], [0, 2], [0, 1, 2]].flatMap((axis) =>
    [false, true].map((keep) => ({
      name: `${name} axis ${axis?.join() ?? 'all'} keep ${keep}`,
      shapes: [[3, 4, 5]],
      fn: (x: Tensor) => fn(x, axis, keep),
    })),
  );

/** Every kernel of the graph engine, on odd shapes, broadcasts and repeated indices. */
export const kernelCases: readonly KernelCase[] = [
  ...elementwiseCases,
  ...products.map(([a, b, ta, tb]): KernelCase => ({
    name: `matMul [${a.join()}]${ta ? 'ᵀ' : ''} [${b.join()}]${tb ? 'ᵀ' : ''}`,
    shapes: [a, b],
    fn: (x, y) => tf.matMul(x, y, ta, tb),
  })),
  {
    name: 'fused matMul with bias and relu',
    shapes: [[3, 5], [5, 4], [4]],
    fn: (a, b, bias) => tf.fused.matMul({ a: a, b: b, bias: bias, activation: 'relu' }),
  },
  ...reductions('sum', (x, axis, keep) => tf.sum(x, axis, keep)),
  ...reductions('mean', (x, axis, keep) => tf.mean(x, axis, keep)),
  ...reductions('max', (x, axis, keep) => tf.max(x, axis, keep)),
  ...reductions('min', (x, axis, keep) => tf.min(x, axis, keep)),
  ...reductions('logSumExp', (x, axis, keep) => tf.logSumExp(x, axis, keep)),
  ...reductions('prod', (x, axis, keep) => tf.prod(x, axis, keep)).map((one) => ({
    ...one,
    differentiable: false,
  })),
  ...reductions('any', (x, axis, keep) => tf.cast(tf.any(tf.greater(x, 1), axis, keep), 'float32')).map(
    (one) => ({ ...one, differentiable: false }),
  ),
  ...reductions('all', (x, axis, keep) => tf.cast(tf.all(tf.greater(x, -1), axis, keep), 'float32')).map(
    (one) => ({ ...one, differentiable: false }),
  ),
  {
    name: 'sum of a bool',
    shapes: [[3, 4]],
    fn: (x) => tf.cast(tf.sum(tf.greater(x, 0), 1), 'float32'),
    differentiable: false,
  },
  {
    name: 'argMax',
    shapes: [[3, 7]],
    fn: (x) => tf.cast(tf.argMax(x, 1), 'float32'),
    differentiable: false,
  },
  {
    name: 'argMin axis 0',
    shapes: [[3, 7]],
    fn: (x) => tf.cast(tf.argMin(x, 0), 'float32'),
    differentiable: false,
  },
  { name: 'softmax', shapes: [[3, 7]], fn: (x) => tf.softmax(x) },
  { name: 'logSoftmax', shapes: [[3, 7]], fn: (x) => tf.logSoftmax(x) },
  { name: 'cumsum last axis', shapes: [[3, 7]], fn: (x) => tf.cumsum(x, 1) },
  { name: 'cumsum reverse exclusive', shapes: [[3, 7]], fn: (x) => tf.cumsum(x, 1, true, true) },
  { name: 'reshape', shapes: [[3, 4]], fn: (x) => tf.mul(tf.reshape(x, [2, -1]), 2) },
  {
    name: 'reshape of a reshape',
    shapes: [[3, 4]],
    fn: (x) => tf.exp(tf.reshape(tf.reshape(x, [12]), [3, 4])),
  },
  {
    name: 'expandDims and squeeze',
    shapes: [[3, 4]],
    fn: (x) => tf.squeeze(tf.mul(tf.expandDims(x, 1), 3)),
  },
  { name: 'transpose', shapes: [[2, 3, 4]], fn: (x) => tf.transpose(x, [2, 0, 1]) },
  { name: 'transpose of ones', shapes: [[2, 1, 4]], fn: (x) => tf.transpose(x, [1, 0, 2]) },
  { name: 'slice', shapes: [[3, 4, 5]], fn: (x) => tf.slice(x, [1, 0, 2], [2, -1, 3]) },
  { name: 'slice of everything', shapes: [[3, 4]], fn: (x) => tf.slice(x, [0, 0], [3, 4]) },
  {
    name: 'stridedSlice',
    shapes: [[5, 6]],
    fn: (x) => tf.stridedSlice(x, [4, 0], [0, 6], [-2, 3]),
    differentiable: false,
  },
  {
    name: 'stridedSlice with masks',
    shapes: [[5, 6]],
    fn: (x) => tf.stridedSlice(x, [0, 1], [3, 2], [1, 1], 1, 0, 0, 0, 2),
    differentiable: false,
  },
  {
    name: 'pad',
    shapes: [[3, 4]],
    fn: (x) =>
      tf.pad(
        x,
        [
          [1, 0],
          [2, 3],
        ],
        0.5,
      ),
  },
  {
    name: 'concat',
    shapes: [
      [3, 4],
      [3, 1],
      [3, 2],
    ],
    fn: (...x) => tf.concat(x, 1),
  },
  {
    name: 'concat axis 0',
    shapes: [
      [1, 4],
      [3, 4],
    ],
    fn: (...x) => tf.concat(x, 0),
  },
  {
    name: 'stack',
    shapes: [
      [3, 4],
      [3, 4],
    ],
    fn: (...x) => tf.stack(x, 1),
  },
  {
    name: 'unstack',
    shapes: [[3, 4]],
    fn: (x) => tf.unstack(x, 1).reduce((sum, part, i) => tf.add(sum, tf.mul(part, i + 1))),
  },
  {
    name: 'split',
    shapes: [[3, 7]],
    fn: (x) => {
      const [a, b] = tf.split(x, [3, 4], 1);
      return tf.concat([b!, a!], 1);
    },
  },
  { name: 'tile', shapes: [[2, 3]], fn: (x) => tf.tile(x, [2, 3]) },
  { name: 'broadcastTo', shapes: [[1, 3]], fn: (x) => tf.broadcastTo(x, [4, 3]) },
  { name: 'reverse along one axis', shapes: [[3, 4]], fn: (x) => tf.reverse(x, 1) },
  { name: 'reverse', shapes: [[3, 4]], fn: (x) => tf.reverse(x, [0, 1]) },
  {
    name: 'where',
    shapes: [
      [3, 4],
      [3, 4],
    ],
    fn: (a, b) =>
      tf.where(
        tf.tensor2d(
          [
            [1, 0, 0, 1],
            [0, 0, 1, 1],
            [1, 0, 1, 0],
          ],
          [3, 4],
          'bool',
        ),
        tf.mul(a, 2),
        b,
      ),
  },
  { name: 'gather', shapes: [[5, 3]], fn: (x) => tf.gather(x, ids([4, 0, 0, 2, 4, 4])) },
  { name: 'gather axis 1', shapes: [[3, 5]], fn: (x) => tf.gather(x, ids([4, 0, 2]), 1) },
  {
    name: 'gather of a matrix of ids',
    shapes: [[5, 3]],
    fn: (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [1, 1],
            [0, 3],
          ],
          [2, 2],
          'int32',
        ),
      ),
  },
  {
    name: 'unsortedSegmentSum',
    shapes: [[6, 3]],
    fn: (x) => tf.unsortedSegmentSum(x as never, ids([1, 1, 0, 3, 1, 3]) as never, 5),
  },
  {
    name: 'oneHot',
    shapes: [[4, 3]],
    fn: (x) => tf.matMul(tf.cast(tf.oneHot(ids([1, 3, 1, 0]), 4), 'float32'), x),
  },
  {
    name: 'oneHot on and off values',
    shapes: [[4, 4]],
    fn: (x) => tf.mul(tf.oneHot(ids([1, 3, 1, 0]), 4, 2, -1, 'float32'), x),
  },
  {
    name: 'range and fill',
    shapes: [[4]],
    fn: (x) => tf.add(tf.mul(x, tf.range(0, 4, 1)), tf.fill([4], 3)),
  },
  {
    name: 'addN',
    shapes: [
      [3, 4],
      [3, 4],
      [3, 4],
    ],
    fn: (...x) => tf.addN(x),
  },
  {
    name: 'a constant of more than 4096 equal numbers',
    shapes: [[70, 70]],
    fn: (x) => tf.sum(tf.matMul(tf.fill([70, 70], 0.5), x)),
  },
  {
    name: 'isFinite, isNaN, isInf',
    shapes: [[4]],
    fn: (x) =>
      tf.addN(
        [
          tf.isFinite(tf.div(x, tf.tensor1d([1, 0, 2, 0]))),
          tf.isNaN(tf.sqrt(x)),
          tf.isInf(tf.div(x, tf.tensor1d([0, 1, 0, 1]))),
        ].map((y) => tf.cast(y, 'float32')),
      ),
    differentiable: false,
  },
  {
    name: 'cast to int and back',
    shapes: [[7]],
    fn: (x) => tf.cast(tf.cast(tf.mul(x, 10), 'int32'), 'float32'),
    differentiable: false,
  },
];
