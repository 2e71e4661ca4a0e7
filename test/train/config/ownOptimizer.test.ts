import { expect, it } from 'vitest';
import { tf, type Scalar } from '../../../src/core/tf.js';
import { createEngine } from '../../../src/engine/createEngine.js';
import type { Optimizer } from '../../../src/optim/contract.js';
import { registerOptimizer } from '../../../src/optim/registry.js';
import { resolveConfig } from '../../../train/config/resolveConfig.js';
import { createUpdater } from '../../../train/updater.js';

const seen: unknown[] = [];

/** Gradient descent with a rate that is a parameter of its own. */
const descent: Optimizer = {
  name: 'descent',
  title: 'gradient descent with a factor on its rate',
  source: 'this test',
  params: { factor: { default: 1, range: [0, 10], doc: 'multiplies the learning rate' } },
  slots: () => [],
  update({ weight, gradient }, { gradientScale, rate }, { params: { factor } }) {
    seen.push(factor);
    const step = tf.mul(tf.mul(gradient, gradientScale), tf.mul(rate, Number(factor)));
    return { weight: tf.sub(weight, step), slots: {} };
  },
};

registerOptimizer(descent);

const configOf = (...sets: string[]) => resolveConfig({ preset: 'smoke', sets });
const chosen = 'optimizer.name=descent';

it('a config holds the parameters of an optimizer of your own, until another is chosen', async () => {
  expect((await configOf(chosen)).optimizer.params).toEqual({ factor: 1 });
  const set = 'optimizer.params.factor=3';
  expect((await configOf(chosen, set)).optimizer.params).toEqual({ factor: 3 });
  expect((await configOf(chosen, set, 'optimizer.name=adamw')).optimizer.params).toEqual({});
});

it('says which parameter is wrong, and how', async () => {
  await expect(configOf(chosen, 'optimizer.params.factor=11')).rejects.toThrow(
    'config.optimizer.params.factor: expected a number from 0 to 10, got',
  );
  await expect(configOf(chosen, 'optimizer.params.factr=1')).rejects.toThrow(
    "config.optimizer.params: expected one of factor, got 'factr'; did you mean 'factor'?",
  );
  await expect(configOf('optimizer.params.factor=1')).rejects.toThrow(
    "config.optimizer.params: expected no parameters, got 'factor'",
  );
});

it('an update is made with them', async () => {
  const engine = await createEngine({ threads: 1 });
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const { optimizer: settings } = await configOf(
    chosen,
    'optimizer.params.factor=3',
    'optimizer.clipNorm=null',
  );
  const updater = createUpdater<null>({
    engine,
    objective: {
      weights: [{ name: 'w', shape: [2], variable, decayed: false, matrix: false }],
      tensors: () => [],
      lossSum: () => tf.sum<Scalar>(variable),
      totalWeight: () => 1,
    },
    settings,
    accumulationSteps: 1,
  });
  seen.length = 0;
  await updater.update([null], { t: 1, rate: 0.1 });
  await engine.pull([variable]);
  expect(seen).toEqual([3]);
  expect(Array.from(variable.dataSync())).toEqual([expect.closeTo(0.7, 5), expect.closeTo(1.7, 5)]);
  await updater.dispose();
  await engine.dispose();
});
