import { afterAll, describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createGraphEngine } from '../../src/engine/graph/graphEngine.js';
import { trace } from '../../src/engine/graph/trace.js';
import { writeRow } from '../../src/ops/writeRow.js';

const SLOT = tf.tensor1d([2], 'int32');
const table = () => tf.variable(tf.reshape(tf.range(0, 8), [1, 1, 4, 2]));
const row = () => tf.tensor([10, 20], [1, 1, 1, 2]);
const engine = await createGraphEngine({ threads: 1 });
afterAll(() => engine.dispose());

describe('a row written into a variable', () => {
  /** Operators of the graph, and the elements that it gives of the variable. */
  const traced = (write: (variable: tf.Variable, row: Tensor) => Tensor) => {
    const variable = table();
    const { graph } = trace((x) => write(variable, x), [row()], [variable], {
      name: 'write',
      rowsApart: true,
    });
    const [, ...given] = graph.outputs;
    return {
      types: graph.nodes.map(({ type }) => type),
      elements: given.map(({ shape }) => shape.reduce((a, b) => a * b, 1)),
    };
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
    const { elements } = traced((own, x) => {
      const next = writeRow(own, x, SLOT);
      own.assign(next);
      return tf.sum(next);
    });
    expect(elements).toEqual([2, 1]);
  });

  it('comes out of the graph as a row and its place, without a copy of the rest', () => {
    const { types, elements } = traced((own, x) => {
      const before = tf.sum(own);
      own.assign(writeRow(own, x, SLOT));
      return before;
    });
    expect(elements).toEqual([2, 1]);
    expect(types).not.toContain('ScatterND');
  });

  it('comes out whole where it is written into another variable, or more is done to it', () => {
    const other = table();
    const assigned = (change: (own: tf.Variable, x: Tensor) => Tensor): number[] => {
      const { elements } = traced((own, x) => {
        own.assign(change(own, x));
        return tf.sum(x);
      });
      return elements;
    };
    expect(assigned((_own, x) => writeRow(other, x, SLOT))).toEqual([8]);
    expect(assigned((own, x) => tf.mul(writeRow(own, x, SLOT), 2))).toEqual([8]);
    expect(assigned((own, x) => writeRow(own, x, SLOT))).toEqual([2, 1]);
  });

  it('leaves what reads the value before as it is', async () => {
    const variable = table();
    const step = engine.compile(
      (x: Tensor) => {
        const before = tf.sum(variable, 2);
        variable.assign(writeRow(variable, x, SLOT));
        return before;
      },
      { variables: [variable] },
    );
    const sums = [await (await step(row())).data(), await (await step(row())).data()];
    expect(sums.map((sum) => [...sum])).toEqual([
      [12, 16],
      [12 - 4 + 10, 16 - 5 + 20],
    ]);
    await step.dispose();
    expect([...variable.dataSync()]).toEqual([0, 1, 2, 3, 10, 20, 6, 7]);
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
