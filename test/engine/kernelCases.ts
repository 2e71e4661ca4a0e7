import { tf, type Tensor } from '../../src/core/tf.js';
import { Rng } from '../../src/core/rng.js';

/** One way to use a kernel: a function of float inputs, and whether it has a gradient. */
export interface KernelCase {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly fn: (...inputs: Tensor[]) => Tensor;
  readonly differentiable?: boolean;
  /** Inputs in (low, high) instead of normal. */
  readonly between?: readonly [number, number];
}

const unary = (name: string, fn: (x: Tensor) => Tensor, between?: readonly [number, number]): KernelCase[] =>
  [[1], [7], [3, 5], [2, 3, 1, 5]].map((shape) => ({
    name: `${name} [${shape.join()}]`,
    shapes: [shape],
    fn,
    ...(between ? { between } : {}),
  }));

const broadcasts: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [3, 5],
    [3, 5],
  ],
  [[3, 5], [5]],
  [
    [3, 5],
    [3, 1],
  ],
  [
    [3, 1],
    [1, 5],
  ],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [[4], []],
  [[], [2, 3]],
  [[1], [1]],
];

const binary = (
  name: string,
  fn: (a: Tensor, b: Tensor) => Tensor,
  between?: readonly [number, number],
): KernelCase[] =>
  broadcasts.map(([a, b]) => ({
    name: `${name} [${a.join()}] [${b.join()}]`,
    shapes: [a, b],
    fn: fn,
    ...(between ? { between } : {}),
  }));

/** tfjs's own gradient of these ops does not broadcast. */
const unlessBroadcast = (one: KernelCase): KernelCase => ({
  ...one,
  differentiable: one.shapes[0]?.join() === one.shapes[1]?.join(),
});

const compare = (name: string, fn: (a: Tensor, b: Tensor) => Tensor): KernelCase[] =>
  binary(name, (a, b) => tf.cast(fn(tf.round(a), tf.round(b)), 'float32')).map((one) => ({
    ...one,
    differentiable: false,
  }));

/** Kernels that work element by element. */
export const elementwiseCases: readonly KernelCase[] = [
  ...unary('acos, asin, atan', (x) => tf.addN([tf.acos(x), tf.asin(x), tf.atan(x)]), [-0.9, 0.9]),
  ...unary('cosh, sinh', (x) => tf.sub(tf.cosh(x), tf.sinh(tf.mul(x, 2)))),
  ...unary('abs', (x) => tf.abs(x)),
  ...unary('ceil', (x) => tf.ceil(x)),
  ...unary('clip', (x) => tf.clipByValue(x, -0.5, 0.7)),
  ...unary('cos', (x) => tf.cos(x)),
  ...unary('elu', (x) => tf.elu(x)),
  ...unary('erf', (x) => tf.erf(x)),
  ...unary('exp', (x) => tf.exp(x)),
  ...unary('expm1', (x) => tf.expm1(x)),
  ...unary('floor', (x) => tf.floor(x)),
  ...unary('leakyRelu', (x) => tf.leakyRelu(x, 0.3)),
  ...unary('log', (x) => tf.log(x), [0.1, 3]),
  ...unary('log1p', (x) => tf.log1p(x), [0.1, 3]),
  ...unary('neg', (x) => tf.neg(x)),
  ...unary('reciprocal', (x) => tf.reciprocal(x), [0.2, 3]),
  ...unary('relu', (x) => tf.relu(x)),
  ...unary('relu6', (x) => tf.relu6(tf.mul(x, 5))),
  ...unary('round', (x) => tf.round(x)),
  ...unary('rsqrt', (x) => tf.rsqrt(x), [0.2, 3]),
  ...unary('selu', (x) => tf.selu(x)),
  ...unary('sigmoid', (x) => tf.sigmoid(x)),
  ...unary('sign', (x) => tf.sign(x)),
  ...unary('sin', (x) => tf.sin(x)),
  ...unary('softplus', (x) => tf.softplus(x)),
  ...unary('sqrt', (x) => tf.sqrt(x), [0.2, 3]),
  ...unary('square', (x) => tf.square(x)),
  ...unary('step', (x) => tf.step(x, 0.2)),
  ...unary('tan', (x) => tf.tan(x), [-1, 1]),
  ...unary('tanh', (x) => tf.tanh(x)),
  ...unary('zerosLike and onesLike', (x) => tf.add(tf.mul(x, tf.onesLike(x)), tf.zerosLike(x))),
  ...binary('add', (a, b) => tf.add(a, b)),
  ...binary('sub', (a, b) => tf.sub(a, b)),
  ...binary('mul', (a, b) => tf.mul(a, b)),
  ...binary('div', (a, b) => tf.div(a, b), [0.3, 2]),
  ...binary('pow', (a, b) => tf.pow(a, b), [0.3, 2]),
  ...binary('maximum', (a, b) => tf.maximum(a, b)).map(unlessBroadcast),
  ...binary('minimum', (a, b) => tf.minimum(a, b)).map(unlessBroadcast),
  ...binary('squaredDifference', (a, b) => tf.squaredDifference(a, b)).map(unlessBroadcast),
  ...compare('equal', (a, b) => tf.equal(a, b)),
  ...compare('notEqual', (a, b) => tf.notEqual(a, b)),
  ...compare('less', (a, b) => tf.less(a, b)),
  ...compare('lessEqual', (a, b) => tf.lessEqual(a, b)),
  ...compare('greater', (a, b) => tf.greater(a, b)),
  ...compare('greaterEqual', (a, b) => tf.greaterEqual(a, b)),
  ...compare('logicalAnd', (a, b) => tf.logicalAnd(tf.cast(a, 'bool'), tf.cast(b, 'bool'))),
  ...compare('logicalOr', (a, b) => tf.logicalOr(tf.cast(a, 'bool'), tf.cast(b, 'bool'))),
  ...compare('logicalNot', (a, b) => tf.logicalNot(tf.greater(a, b))),
  ...compare('floorDiv', (a, b) => tf.floorDiv(a, tf.add(tf.abs(b), 1))),
  ...compare('mod', (a, b) => tf.mod(a, tf.add(tf.abs(b), 1))),
];

/** Seeded inputs of a case. */
export function inputsOf(one: KernelCase): Tensor[] {
  const rng = Rng.fromSeed(7).derive(one.name);
  const draw = (): number =>
    one.between ? one.between[0] + (one.between[1] - one.between[0]) * rng.uniform() : rng.normal();
  return one.shapes.map((shape) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return tf.tensor(Float32Array.from({ length: size }, draw), [...shape], 'float32');
  });
}
