import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { tf, type Scalar, type Tensor } from '../../src/core/tf.js';
import { adamw } from '../../src/optim/adamw.js';
import type { OptimizedWeight, OptimizerSettings } from '../../src/optim/contract.js';
import { unpackScalars, updateNumbers } from '../../src/optim/scalars.js';

const settings: OptimizerSettings = {
  name: 'adamw',
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  momentum: 0.95,
  clipNorm: null,
  params: {},
};

/** The published algorithm in float64, one number at a time; `g` is the mean gradient. */
function oracle(start: number, gradients: readonly number[], rate: number, decay: number): number {
  let [w, m, v] = [start, 0, 0];
  gradients.forEach((g, i) => {
    const t = i + 1;
    m = 0.9 * m + 0.1 * g;
    v = 0.95 * v + 0.05 * g * g;
    const mHat = m / (1 - 0.9 ** t);
    const vHat = v / (1 - 0.95 ** t);
    w = w - rate * decay * w - (rate * mHat) / (Math.sqrt(vHat) + 1e-8);
  });
  return w;
}

/** The same through the tensors, with gradients of a sum over `total` targets. */
function train(
  info: OptimizedWeight,
  start: Float32Array,
  gradients: Float32Array[],
  total: number,
): Float32Array {
  return tf.tidy(() => {
    let weight: Tensor = tf.tensor(start, [...info.shape]);
    let slots: Record<string, Tensor> = { m: tf.zerosLike(weight), v: tf.zerosLike(weight) };
    gradients.forEach((values, i) => {
      const numbers = tf.tensor1d(updateNumbers(settings, { t: i + 1, rate: 0.01, totalWeight: total }));
      const gradient = tf.mul(tf.tensor(values, [...info.shape]), total);
      const input = { info, weight, gradient, squared: tf.square(gradient), slots };
      const result = adamw.update(input, unpackScalars(numbers), settings);
      weight = result.weight;
      slots = { ...result.slots };
    });
    return weight.dataSync() as Float32Array;
  });
}

describe('adamw', () => {
  const rng = Rng.fromSeed(3);
  const start = rng.normals(6);
  const gradients = Array.from({ length: 12 }, () => rng.normals(6, 0.3));

  it.each([
    ['shrinks the weights that decay', true, 0.1],
    ['leaves out the decay for the others', false, 0],
  ])('equals the published loop after 12 updates and %s', (_what, decayed, decay) => {
    const info = { name: 'w', shape: [2, 3], decayed, matrix: true };
    const got = train(info, start, gradients, 7);
    got.forEach((value, i) => {
      const expected = oracle(
        start[i]!,
        gradients.map((g) => g[i]!),
        0.01,
        decay,
      );
      expect(Math.abs(value - expected)).toBeLessThan(1e-6 + 1e-5 * Math.abs(expected));
    });
  });

  it('moves by the learning rate at the first step, whatever the size of the gradient', () => {
    const info = { name: 'w', shape: [2], decayed: false, matrix: false };
    const [up, down] = train(info, Float32Array.of(0, 0), [Float32Array.of(-1e-3, 50)], 1);
    expect(up).toBeCloseTo(0.01, 6);
    expect(down).toBeCloseTo(-0.01, 6);
  });

  it('stays still, and finite, where the gradient is always zero', () => {
    const info = { name: 'w', shape: [1], decayed: false, matrix: false };
    expect([...train(info, Float32Array.of(2), [Float32Array.of(0), Float32Array.of(0)], 1)]).toEqual([2]);
  });

  it('computes its numbers in float64 and carries them in order', () => {
    const numbers = updateNumbers(settings, { t: 3, rate: 0.004, totalWeight: 8 });
    const expected = [
      0.004,
      (0.004 * Math.sqrt(1 - 0.95 ** 3)) / (1 - 0.9 ** 3),
      1e-8 * Math.sqrt(1 - 0.95 ** 3),
      1 - 0.0004,
      0.125,
    ];
    expect([...numbers]).toEqual([...Float32Array.from(expected)]);
    const scalars = unpackScalars(tf.tensor1d(numbers));
    const read = (scalar: Scalar): number => scalar.dataSync()[0]!;
    const { rate, adamRate, adamEpsilon, keep, gradientScale } = scalars;
    expect([rate, adamRate, adamEpsilon, keep, gradientScale].map(read)).toEqual([...numbers]);
  });
});
