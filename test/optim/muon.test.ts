import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor2D } from '../../src/core/tf.js';
import type { OptimizerSettings } from '../../src/optim/contract.js';
import { adamw } from '../../src/optim/adamw.js';
import { muon, orthogonalise } from '../../src/optim/muon.js';
import { unpackScalars, updateNumbers } from '../../src/optim/scalars.js';

type Matrix = number[][];
const transpose = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!));
const multiply = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => transpose(b).map((column) => row.reduce((sum, x, i) => sum + x * column[i]!, 0)));
const combine = (a: Matrix, x: number, b: Matrix, y: number): Matrix =>
  a.map((row, i) => row.map((value, j) => x * value + y * b[i]![j]!));

/** Newton-Schulz in float64 loops, always on the side as given. */
function newtonSchulz(g: Matrix): Matrix {
  const norm = Math.sqrt(g.flat().reduce((sum, x) => sum + x * x, 0));
  let x = g.map((row) => row.map((value) => value / (norm + 1e-7)));
  for (let i = 0; i < 5; i++) {
    const gram = multiply(x, transpose(x));
    x = combine(x, 3.4445, multiply(combine(gram, -4.775, multiply(gram, gram), 2.0315), x), 1);
  }
  return x;
}

const random = (rows: number, columns: number, seed: number): Matrix => {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: rows }, () => [...rng.normals(columns)]);
};

const settings: OptimizerSettings = {
  name: 'muon',
  learningRate: 0.02,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  momentum: 0.95,
  clipNorm: null,
  params: {},
};

const near = (got: Matrix, expected: Matrix, bound: number): void => {
  const worst = Math.max(...combine(got, 1, expected, -1).flat().map(Math.abs));
  expect(worst).toBeLessThan(bound);
};

describe('orthogonalise', () => {
  it.each([
    [3, 5],
    [5, 3],
    [4, 4],
  ])('equals the float64 loop on [%i,%i]', async (rows, columns) => {
    const g = random(rows, columns, rows);
    near(await orthogonalise(tf.tensor2d(g)).array(), newtonSchulz(g), 1e-4);
  });

  it('pulls all singular values near 1', async () => {
    const x = await orthogonalise(tf.tensor2d(random(4, 64, 9))).array();
    const gram = multiply(x, transpose(x));
    gram.forEach((row, i) => {
      expect(row[i]).toBeGreaterThan(0.4);
      expect(row[i]).toBeLessThan(1.5);
    });
  });

  it('gives zero for a gradient of zero', () => {
    expect([...orthogonalise(tf.zeros([2, 3])).dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('muon', () => {
  const scalars = (t: number) =>
    unpackScalars(tf.tensor1d(updateNumbers(settings, { t, rate: 0.02, totalWeight: 2 })));
  const info = { name: 'w', shape: [3, 4], decayed: true, matrix: true };

  it('equals the published loop with Nesterov momentum and decay after two updates', async () => {
    let expected = random(3, 4, 1);
    let momentum: Matrix = random(3, 4, 1).map((row) => row.map(() => 0));
    let weight = tf.tensor2d(expected);
    let m = tf.zerosLike(weight);
    for (const t of [1, 2]) {
      const g = random(3, 4, 10 + t);
      momentum = combine(momentum, 0.95, g, 1);
      const direction = newtonSchulz(combine(g, 1, momentum, 0.95));
      expected = combine(expected, 1 - 0.02 * 0.1, direction, -0.02 * 0.2 * Math.sqrt(4));
      const gradient = tf.mul(tf.tensor2d(g), 2);
      const result = muon.update(
        { info, weight, gradient, squared: tf.square(gradient), slots: { m } },
        scalars(t),
        settings,
      );
      weight = result.weight as Tensor2D;
      m = result.slots.m as Tensor2D;
      expect(Object.keys(result.slots)).toEqual(muon.slots(info));
    }
    near(await weight.array(), expected, 1e-5);
  });

  it("takes AdamW's update for all that is not a hidden matrix", () => {
    const vector = { name: 'b', shape: [3], decayed: false, matrix: false };
    const weight = tf.tensor1d([1, 2, 3]);
    const gradient = tf.tensor1d([1, -1, 0.5]);
    const slots = { m: tf.zeros([3]), v: tf.zeros([3]) };
    const input = { info: vector, weight, gradient, squared: tf.square(gradient), slots };
    const [ours, theirs] = [muon, adamw].map((optimizer) => optimizer.update(input, scalars(1), settings));
    expect(muon.slots(vector)).toEqual(['m', 'v']);
    expect([...ours!.weight.dataSync()]).toEqual([...theirs!.weight.dataSync()]);
  });
});
