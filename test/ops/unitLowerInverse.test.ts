import { describe, expect, it } from 'vitest';
import '../support/close.js';
import { ShapeError } from '../../src/core/errors.js';
import { unitLowerInverse } from '../../src/ops/unitLowerInverse.js';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { bothEngines } from '../support/engines.js';

const engines = await bothEngines();

/** (I + tril(A, -1))^{-1} in float64 by forward substitution, row by row. */
function inverseOf(a: ArrayLike<number>, C: number): Float64Array {
  const inverse = new Float64Array(C * C);
  for (let i = 0; i < C; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 1 : 0;
      for (let m = j; m < i; m++) sum -= a[i * C + m]! * inverse[m * C + j]!;
      inverse[i * C + j] = sum;
    }
  }
  return inverse;
}

/** tril(beta K K^T, -1) of unit keys with a cosine between them, and numbers above that must not be read. */
function overlaps(C: number, cosine: number, beta: number): Float32Array {
  const rng = Rng.fromSeed(C);
  const width = 33;
  const keys = Array.from({ length: C }, () => {
    const own = Array.from({ length: width - 1 }, () => rng.normal());
    const norm = Math.hypot(...own);
    return [Math.sqrt(cosine), ...own.map((x) => (x / norm) * Math.sqrt(1 - cosine))];
  });
  return Float32Array.from({ length: C * C }, (_, n) => {
    const [i, j] = [Math.floor(n / C), n % C];
    return j < i ? beta * keys[i]!.reduce((sum, x, m) => sum + x * keys[j]![m]!, 0) : 7 + n;
  });
}

describe.each(engines)('unitLowerInverse on $name', (engine) => {
  const run = engine.compile((a: Tensor) => unitLowerInverse(a));

  it.each([1, 2, 3, 7, 16, 17, 32, 63, 64, 100])('inverts a matrix of %i rows', async (C) => {
    const a = overlaps(C, 0.3, 1);
    const got = await run(tf.tensor2d(a, [C, C]));
    expect(got.dataSync()).toBeAllClose(inverseOf(a, C), { rtol: 1e-5, atol: 1e-6 });
  });

  it.each([
    [64, 0.9, 1],
    [64, 1, 1],
    [64, 0.9, 1.9],
    [128, 1, 1],
  ])('stays exact for keys alike: %i rows, cosine %f, beta %f', async (C, cosine, beta) => {
    const a = overlaps(C, cosine, beta);
    const got = await run(tf.tensor2d(a, [C, C]));
    expect(got.dataSync()).toBeAllClose(inverseOf(a, C), { rtol: 1e-4, atol: 4e-6 });
  });

  it('inverts each matrix of a batch of any rank', async () => {
    const [a, b] = [overlaps(20, 0.2, 1), overlaps(20, 0.8, 0.5)];
    const got = await run(tf.tensor5d([...a, ...b, ...b, ...a], [2, 1, 2, 20, 20]));
    expect(got.shape).toEqual([2, 1, 2, 20, 20]);
    const wanted = [a, b, b, a].flatMap((x) => Array.from(inverseOf(x, 20)));
    expect(got.dataSync()).toBeAllClose(wanted, { rtol: 1e-5, atol: 1e-6 });
  });

  it.each([1, 5, 20])(
    'has the gradient of the inverse, zero on and above the diagonal, C = %i',
    async (C) => {
      const a = Float64Array.from(overlaps(C, 0.3, 1));
      const weights = Rng.fromSeed(3).normals(C * C);
      const gradient = engine.compile((x: Tensor, w: Tensor) =>
        tf.grad((y: Tensor) => tf.sum(tf.mul(unitLowerInverse(y), w)))(x),
      );
      const got = await gradient(
        tf.tensor2d(Float32Array.from(a), [C, C]),
        tf.tensor2d(Float32Array.from(weights), [C, C]),
      );
      const loss = (i: number, by: number): number => {
        const moved = Float64Array.from(a);
        moved[i]! += by;
        return inverseOf(moved, C).reduce((sum, y, n) => sum + y * weights[n]!, 0);
      };
      const wanted = a.map((_, i) => (loss(i, 1e-5) - loss(i, -1e-5)) / 2e-5);
      expect(got.dataSync()).toBeAllClose(wanted, { rtol: 1e-4, atol: 1e-5 });
    },
  );
});

describe('unitLowerInverse', () => {
  it('refuses what is not square', () => {
    expect(() => unitLowerInverse(tf.zeros([2, 3, 4]))).toThrow(
      new ShapeError('unitLowerInverse: expected square matrices [..,C,C], got [2,3,4]'),
    );
  });
});
