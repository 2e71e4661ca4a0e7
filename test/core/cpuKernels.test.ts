import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';

const rng = Rng.fromSeed(1);
const below = (n: number): number => rng.below(n);

/** A tensor of small whole numbers, none of them 0, so that every operation has a result of one kind. */
function drawn(shape: readonly number[], dtype: 'float32' | 'int32' | 'bool' = 'float32'): Tensor {
  const size = shape.reduce((n, length) => n * length, 1);
  const values = Array.from({ length: size }, () => (dtype === 'bool' ? below(2) : 1 + below(9)));
  return tf.tensor(values, [...shape], dtype);
}

/** All coordinates of a shape, in order. */
function coordinates(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (found, size) => found.flatMap((start) => Array.from({ length: size }, (_, i) => [...start, i])),
    [[]],
  );
}

/** The element at some coordinates; an axis of size 1 serves every one, and axes that are missing come first. */
function at(x: Tensor, place: readonly number[]): number {
  const own = place.slice(place.length - x.rank);
  const index = x.shape.reduce((flat, size, axis) => flat * size + (size === 1 ? 0 : own[axis]!), 0);
  return x.dataSync()[index]!;
}

const shapes = Array.from({ length: 40 }, () =>
  Array.from({ length: 1 + below(5) }, () => (below(8) === 0 ? 0 : 1 + below(4))),
);

describe('the kernels of the cpu backend', () => {
  it.each(shapes)('cut %j by coordinates', (...shape) => {
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      const x = drawn(shape, dtype);
      const begin = shape.map((size) => below(size + 1));
      const size = shape.map((length, axis) => below(length - begin[axis]! + 1));
      const got = tf.slice(x, begin, size);
      expect([got.shape, got.dtype]).toEqual([size, dtype]);
      const values = x.dataSync();
      const wanted = coordinates(size).map((place) => {
        const index = place.reduce((flat, i, axis) => flat * shape[axis]! + i + begin[axis]!, 0);
        return values[index]!;
      });
      expect([...got.dataSync()]).toEqual(wanted);
    }
  });

  it.each(shapes)('pad %j by coordinates', (...shape) => {
    const x = drawn(shape);
    const paddings = shape.map((): [number, number] => [below(3), below(3)]);
    const padded = shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
    for (const value of [0, -2]) {
      const got = tf.pad(x, paddings, value);
      expect(got.shape).toEqual(padded);
      const wanted = coordinates(padded).map((place) => {
        const from = place.map((i, axis) => i - paddings[axis]![0]);
        const inside = from.every((i, axis) => i >= 0 && i < shape[axis]!);
        return inside ? at(x, from) : value;
      });
      expect([...got.dataSync()]).toEqual(wanted);
    }
  });

  const operations = {
    add: [tf.add, (a: number, b: number) => a + b],
    sub: [tf.sub, (a: number, b: number) => a - b],
    mul: [tf.mul, (a: number, b: number) => a * b],
    div: [tf.div, (a: number, b: number) => Math.fround(a / b)],
    maximum: [tf.maximum, Math.max],
    minimum: [tf.minimum, Math.min],
    squaredDifference: [tf.squaredDifference, (a: number, b: number) => (a - b) ** 2],
    greater: [tf.greater, (a: number, b: number) => Number(a > b)],
    lessEqual: [tf.lessEqual, (a: number, b: number) => Number(a <= b)],
    equal: [tf.equal, (a: number, b: number) => Number(a === b)],
  } as const;

  it.each(Object.entries(operations))('broadcast the operands of %s', (_, [operation, one]) => {
    for (const shape of shapes) {
      // Some axes of either operand are of size 1, and some of the first are missing.
      const thin = (): number[] =>
        shape.map((size) => (below(2) === 0 ? 1 : size)).slice(below(shape.length));
      const [a, b] = [drawn(thin()), drawn(below(3) === 0 ? shape : thin())];
      const rank = Math.max(a.rank, b.rank);
      const sizeAt = (x: Tensor, axis: number): number => x.shape[axis - rank + x.rank] ?? 1;
      const wide = Array.from({ length: rank }, (__, i) =>
        sizeAt(a, i) === 1 ? sizeAt(b, i) : sizeAt(a, i),
      );
      const got = operation(a, b);
      expect(got.shape).toEqual(wide);
      expect([...got.dataSync()]).toEqual(coordinates(wide).map((place) => one(at(a, place), at(b, place))));
    }
  });

  it('leave nothing behind', () => {
    const [a, b] = [drawn([3, 1, 2]), drawn([4, 1])];
    const before = tf.memory();
    tf.dispose([
      tf.mul(a, b),
      tf.slice(a, [0, 0, 1], [3, 1, 1]),
      tf.pad(a, [
        [1, 0],
        [0, 0],
        [0, 1],
      ]),
    ]);
    expect(tf.memory()).toEqual(before);
  });

  it('leave to TensorFlow.js what they do not take', () => {
    const words = tf.tensor2d([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(tf.slice(words, [0, 1], [2, 1]).dataSync()).toEqual(['b', 'd']);
    expect(() => tf.add(drawn([2]), drawn([3]))).toThrow('could not be broadcast');
    expect(() => tf.slice(drawn([2, 2]), [0, 1], [2, 2])).toThrow(/slice/i);
  });
});
