import { afterAll, describe, expect, it } from 'vitest';
import '../support/close.js';
import { ShapeError } from '../../src/core/errors.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { scan } from '../../src/engine/scan.js';

const engines = [await createEngine({ engine: 'eager' }), await createEngine({ engine: 'graph' })];
afterAll(async () => {
  await Promise.all(engines.map(async (engine) => engine.dispose()));
});

/** A leaky sum along axis 1 and its double: c_t = c_{t-1} w_t + x_t. */
function leakySum(start: Tensor, x: Tensor, w: Tensor): { carry: Tensor; sums: Tensor; doubles: Tensor } {
  const { carry, ys } = scan(
    ([c], [xt, wt]) => {
      const sum = tf.add(tf.mul(c!, wt!), xt!);
      return { carry: [sum], ys: [sum, tf.mul(sum, 2)] };
    },
    [start],
    [x, w],
    1,
  );
  return { carry: carry[0]!, sums: ys[0]!, doubles: ys[1]! };
}

const start = tf.tensor1d([1, 2]);
const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
const w = tf.tensor2d([0.5, 2, 1, -1, 0, 0.5], [2, 3]);

describe.each(engines)('scan on $name', (engine) => {
  it('carries from step to step and stacks what the body puts out', async () => {
    const run = engine.compile((...inputs: Tensor[]) => leakySum(inputs[0]!, inputs[1]!, inputs[2]!));
    const { carry, sums, doubles } = await run(start, x, w);
    expect(sums).toBeAllClose(tf.tensor2d([1.5, 5, 8, 2, 5, 8.5], [2, 3]), { rtol: 0, atol: 0 });
    expect(doubles).toBeAllClose(tf.tensor2d([3, 10, 16, 4, 10, 17], [2, 3]), { rtol: 0, atol: 0 });
    expect(carry).toBeAllClose(tf.tensor1d([8, 8.5]), { rtol: 0, atol: 0 });
  });

  it.each([1, 3])('has the gradient of the loop in the carry and every sequence, T = %i', async (T) => {
    const cut = (sequence: Tensor): Tensor => tf.slice(sequence, [0, 0], [2, T]);
    const gradient = engine.compile((...inputs: Tensor[]) => {
      const last = (a: Tensor, b: Tensor, c: Tensor): Tensor => tf.sum(leakySum(a, b, c).carry);
      return tf.grads(last)(inputs);
    });
    const [dStart, dx, dw] = await gradient(start, cut(x), cut(w));
    const product = (row: number, from: number): number =>
      w
        .arraySync()
        [row]!.slice(from, T)
        .reduce((a, b) => a * b, 1);
    expect(dStart).toBeAllClose([product(0, 0), product(1, 0)], { rtol: 1e-6, atol: 0 });
    const expected = [0, 1].flatMap((row) => Array.from({ length: T }, (_, t) => product(row, t + 1)));
    expect(dx!.dataSync()).toBeAllClose(expected, { rtol: 1e-6, atol: 0 });
    const { sums } = leakySum(start, cut(x), cut(w));
    const before = (row: number, t: number): number =>
      t === 0 ? start.arraySync()[row]! : (sums.arraySync() as number[][])[row]![t - 1]!;
    const expectedW = [0, 1].flatMap((row) =>
      Array.from({ length: T }, (_, t) => before(row, t) * product(row, t + 1)),
    );
    expect(dw!.dataSync()).toBeAllClose(expectedW, { rtol: 1e-6, atol: 0 });
  });
});

/** Most bytes alive at any time in the gradient of a loop with a large carry and small inputs. */
function peakBytes(T: number): number {
  const [from, steps] = [tf.ones([1, 1000]), tf.ones([1, T])];
  const before = tf.memory().numBytes;
  let peak = 0;
  const total = (sequence: Tensor): Tensor => {
    const { carry } = scan(
      ([c], [xt]) => {
        const next = tf.tanh(tf.add(tf.mul(c!, xt!), xt!));
        peak = Math.max(peak, tf.memory().numBytes - before);
        return { carry: [next], ys: [tf.sum(next, 1)] };
      },
      [from],
      [sequence],
      1,
    );
    return tf.sum(carry[0]!);
  };
  tf.dispose([tf.grad(total)(steps), from, steps]);
  return peak;
}

describe('scan', () => {
  it('written out, keeps states with the square root of the length, not one per step', () => {
    // 16 times the steps: 4 times the states if they go with the root.
    expect(peakBytes(400) / peakBytes(25)).toBeLessThan(6);
  });

  it('refuses sequences of different lengths, and none at all', () => {
    const body = (): { carry: Tensor[]; ys: Tensor[] } => ({ carry: [], ys: [] });
    expect(() => scan(body, [], [tf.zeros([2, 3]), tf.zeros([2, 4])], 1)).toThrow(
      new ShapeError('scan: expected sequences of one length along axis 1, got [3,4]'),
    );
    expect(() => scan(body, [], [], 1)).toThrow(ShapeError);
  });
});
