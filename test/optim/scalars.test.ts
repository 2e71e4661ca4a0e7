import { describe, expect, it } from 'vitest';
import { tf, type Scalar } from '../../src/core/tf.js';
import { clipGlobalNorm } from '../../src/optim/scalars.js';

const value = (scalar: Scalar): number => scalar.dataSync()[0]!;
const squares = (...values: number[][]) => values.map((one) => tf.square(tf.tensor1d(one)));

describe('clipGlobalNorm', () => {
  it('measures the norm over all tensors, after the scale', () => {
    const { norm, scale } = clipGlobalNorm(squares([6], [0, 8]), tf.scalar(0.5), null);
    expect(value(norm)).toBe(5);
    expect(value(scale)).toBe(0.5);
  });

  it('scales a gradient above the limit down to it', () => {
    const { norm, scale } = clipGlobalNorm(squares([3, 4]), tf.scalar(1), 1);
    expect(value(norm)).toBe(5);
    expect(value(scale)).toBeCloseTo(0.2, 7);
  });

  it('leaves a gradient below the limit, and one of zero, as they are', () => {
    expect(value(clipGlobalNorm(squares([3, 4]), tf.scalar(1), 5.5).scale)).toBe(1);
    expect(value(clipGlobalNorm(squares([0, 0]), tf.scalar(0.25), 1).scale)).toBe(0.25);
  });

  it('shows a gradient that is not finite in the norm', () => {
    expect(value(clipGlobalNorm(squares([NaN], [1]), tf.scalar(1), 1).norm)).toBeNaN();
    expect(value(clipGlobalNorm(squares([Infinity], [1]), tf.scalar(1), 1).norm)).toBe(Infinity);
  });
});
