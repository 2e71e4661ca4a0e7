import { afterAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { scan, type ScanBody } from '../../src/engine/scan.js';

const graph = await createEngine({ engine: 'graph', threads: 1 });
const eager = await createEngine({ engine: 'eager' });
afterAll(() => graph.dispose());

/** A body that is not linear in its carry, with two carries and two outputs. */
const body: ScanBody = ([a, b], [x, g]) => {
  const next = tf.tanh(tf.add(tf.mul(a!, tf.sigmoid(g!)), x!));
  const sum = tf.add(b!, tf.sum(next, -1));
  return { carry: [next, sum], ys: [tf.mul(next, x!), tf.expandDims(sum, 1)] };
};

const random = (label: string, shape: number[]): Tensor =>
  tf.tensor(
    Rng.fromSeed(5)
      .derive(label)
      .normals(shape.reduce((p, n) => p * n, 1)),
    shape,
  );

/** Outputs, last carry, and gradients of everything. */
function everything(axis: number): (...inputs: Tensor[]) => Tensor[] {
  const run = (...[a, b, x, g]: Tensor[]): Tensor[] => {
    const { carry, ys } = scan(body, [a!, b!], [x!, g!], axis);
    return [...carry, ...ys];
  };
  const loss = (...inputs: Tensor[]): Tensor =>
    tf.addN(run(...inputs).map((y, i) => tf.sum(tf.mul(y, random(`w${i}`, y.shape)))));
  return (...inputs) => [...run(...inputs), ...tf.grads(loss)(inputs)];
}

describe('scan', () => {
  it.each([
    [1, 1],
    [2, 1],
    [7, 1],
    [16, 1],
    [63, 1],
    [7, 0],
  ])('over %i moments on axis %i gives the same in a graph as written out', async (T, axis) => {
    const time = (rest: number[]): number[] => rest.toSpliced(axis, 0, T);
    const inputs = [
      random('a', [2, 3]),
      random('b', [2]),
      random('x', time([2, 3])),
      random('g', time([2, 3])),
    ];
    const fn = everything(axis);
    const [got, wanted] = [await graph.compile(fn)(...inputs), await eager.compile(fn)(...inputs)];
    for (const [i, tensor] of wanted.entries()) {
      expect(got[i]!.shape).toEqual(tensor.shape);
      const values = got[i]!.dataSync();
      tensor.dataSync().forEach((value, j) => {
        expect(Math.abs(values[j]! - value)).toBeLessThan(1e-5 + 1e-4 * Math.abs(value));
      });
    }
  });

  it('says which lengths differ', () => {
    expect(() => scan(body, [tf.zeros([2, 3])], [tf.zeros([2, 4, 3]), tf.zeros([2, 5, 3])], 1)).toThrow(
      'scan: expected sequences of one length along axis 1, got [4,5]',
    );
  });
});
