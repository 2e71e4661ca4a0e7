import { afterAll, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createGraphEngine } from '../../src/engine/graph/graphEngine.js';

const graph = await createGraphEngine({ threads: 1 });
afterAll(() => graph.dispose());

it('makes results anew for every call, or where it is allowed writes over the last ones', async () => {
  const double = (x: Tensor): Tensor => tf.mul(x, 2);
  const resultsOf = async (results: 'own' | 'reused'): Promise<number[]> => {
    const run = graph.compile(double, { results });
    const first = (await run(tf.tensor1d([1]))).dataSync();
    const second = (await run(tf.tensor1d([2]))).dataSync();
    await run.dispose();
    return [first[0] ?? NaN, second[0] ?? NaN];
  };
  expect(await resultsOf('own')).toEqual([2, 4]);
  expect(await resultsOf('reused')).toEqual([4, 4]);
});

it('leaves no copy of the state to the garbage collector', async () => {
  const size = 2 ** 20;
  const state = tf.variable(tf.zeros([size]), false);
  const step = graph.compile(
    (x: Tensor): Tensor => {
      state.assign(tf.add(state, x));
      return tf.add(x, 0);
    },
    { variables: [state] },
  );
  (await step(tf.scalar(1))).dispose();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 3; i++) (await step(tf.scalar(1))).dispose();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(size);
  await step.dispose();
  expect(state.dataSync()[size - 1]).toBe(4);
  state.dispose();
});
