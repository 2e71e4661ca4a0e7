import { describe, expect, it } from 'vitest';
import { tf, type Tensor, type Tensor1D } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { tensorflow } from '../support/tensorflow.js';

/** More floats than fit into the 16 MiB that tfjs's wasm module starts with: bringing them there makes its heap grow. */
const LARGE = 6_000_000;

describe.each(['wasm', ...tensorflow])('the eager engine on %s', async (backend) => {
  const engine = await createEngine({ engine: 'eager', backend });
  const last = (x: Tensor): Tensor => tf.slice(x as Tensor1D, [x.size - 1], [1]);

  it('takes up variables for which its heap has to grow', async () => {
    const variables = [1, 2].map((value) => tf.variable(tf.fill([LARGE], value)));
    const [w, v] = variables as [tf.Variable, tf.Variable];
    const step = engine.compile((x: Tensor) => (w.assign(tf.add(w, x)), last(tf.mul(w, v))), {
      variables,
      commit: 'finite',
    });
    const x = tf.scalar(3);
    const before = tf.memory().numTensors;
    const result = await step(x);
    expect(result.dataSync()[0]).toBe(8);
    expect([w.shape, w.dataSync()[LARGE - 1]]).toEqual([[LARGE], 4]);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose(variables);
  });

  it('takes inputs for which its heap has to grow, and leaves them to the caller', async () => {
    const [a, b] = [tf.fill([LARGE], 1), tf.fill([4 * LARGE], 2)];
    const join = engine.compile((x: Tensor, y: Tensor) => last(tf.concat([y, x])));
    const before = tf.memory().numTensors;
    expect((await join(a, b)).dataSync()[0]).toBe(1);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect([a.dataSync()[LARGE - 1], b.dataSync()[LARGE]]).toEqual([1, 2]);
    tf.dispose([a, b]);
  });

  it('takes inputs and variables in the shape that they have been given since', async () => {
    const nine = tf.range(0, 9);
    const [matrix, w] = [tf.reshape(nine, [3, 3]), tf.variable(tf.reshape(tf.range(0, 3), [3, 1]))];
    const product = engine.compile((x: Tensor) => tf.mul(tf.mul(x, w), tf.ones([3, 3])), { variables: [w] });
    const result = await product(matrix);
    expect([result.shape, [...result.dataSync()]]).toEqual([
      [3, 3],
      [0, 0, 0, 3, 4, 5, 12, 14, 16],
    ]);
  });
});
