import { afterAll, describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createGraphEngine } from '../../src/engine/graph/graphEngine.js';
import { writtenInPlace } from '../../src/engine/graph/inPlace.js';
import { trace } from '../../src/engine/graph/trace.js';
import { writeRow } from '../../src/ops/writeRow.js';

const SLOT = tf.tensor1d([2], 'int32');
const table = () => tf.variable(tf.reshape(tf.range(0, 8), [1, 1, 4, 2]));
const row = () => tf.tensor([10, 20], [1, 1, 1, 2]);
const engine = await createGraphEngine({ threads: 1 });
afterAll(() => engine.dispose());

describe('a row written into a variable', () => {
  const placesOf = (write: (variable: tf.Variable, row: Tensor) => Tensor): number[] => {
    const variable = table();
    const { graph, ...program } = trace((x) => write(variable, x), [row()], [variable], { name: 'write' });
    return [...writtenInPlace({ graph, ...program })];
  };

  it('is written where it lies, and what reads the result sees it', async () => {
    const variable = table();
    const step = engine.compile(
      (x: Tensor) => {
        const next = writeRow(variable, x, SLOT);
        variable.assign(next);
        return tf.sum(next, 2);
      },
      { variables: [variable] },
    );
    const values = [row(), tf.tensor([1, 2], [1, 1, 1, 2])];
    const sums = [];
    for (const value of values) sums.push(await (await step(value)).data());
    await engine.pull([variable]);
    expect(sums.map((sum) => [...sum])).toEqual([
      [0 + 2 + 10 + 6, 1 + 3 + 20 + 7],
      [0 + 2 + 1 + 6, 1 + 3 + 2 + 7],
    ]);
    expect([...variable.dataSync()]).toEqual([0, 1, 2, 3, 1, 2, 6, 7]);
    await step.dispose();
    expect(
      placesOf((own, x) => {
        const next = writeRow(own, x, SLOT);
        own.assign(next);
        return tf.sum(next);
      }),
    ).toEqual([0]);
  });

  it('is written elsewhere where the value before is read too', () => {
    expect(
      placesOf((own, x) => {
        const before = tf.sum(own);
        own.assign(writeRow(own, x, SLOT));
        return before;
      }),
    ).toEqual([]);
  });

  it('leaves the variable as it is where the result is refused', async () => {
    const variable = table();
    const step = engine.compile(
      (x: Tensor) => {
        variable.assign(writeRow(variable, x, SLOT));
        return tf.mean(tf.div(x, 0));
      },
      { variables: [variable], commit: 'finite' },
    );
    await step(row());
    await engine.pull([variable]);
    expect([...variable.dataSync()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await step.dispose();
  });
});
