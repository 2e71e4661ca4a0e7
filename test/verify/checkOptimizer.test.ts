import { describe, expect, it } from 'vitest';
import lion from '../../examples/own-optimizer.js';
import { tf } from '../../src/core/tf.js';
import type { Optimizer, UpdateInput, UpdateScalars } from '../../src/optim/contract.js';
import { optimizers } from '../../src/optim/registry.js';
import { checkOptimizer } from '../../src/verify/checkOptimizer.js';
import { bothEngines } from '../support/engines.js';

const engines = await bothEngines();
const [eager] = engines;

describe('checkOptimizer', () => {
  it.each([...Object.values(optimizers), lion])('finds nothing wrong with $name', async (optimizer) => {
    for (const engine of engines) {
      const before = tf.memory().numTensors;
      const results = await checkOptimizer(optimizer, { engine });
      expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

type Change = (input: UpdateInput, scalars: UpdateScalars) => tf.Tensor;

/** Gradient descent whose new weight is another, without slots. */
function descent(weight: Change): Optimizer {
  return {
    ...lion,
    name: 'faulty',
    slots: () => [],
    update: (input, scalars) => ({ weight: weight(input, scalars), slots: {} }),
  };
}

const plain: Change = ({ weight, gradient }, { gradientScale, rate }) =>
  tf.sub(weight, tf.mul(tf.mul(gradient, gradientScale), rate));

let calls = 0;

/** Optimizers with one fault each, the check that must see it, and what it says. */
const faults: readonly (readonly [string, Optimizer, string, string])[] = [
  ['a slot that is not given back', { ...lion, slots: () => ['m', 'v'] }, 'slots', 'none'],
  ['a slot named twice', { ...lion, slots: () => ['m', 'm'] }, 'slots', '["m","m"]'],
  ['a weight of another shape', descent((x, s) => tf.sum(plain(x, s), 0)), 'slots', '['],
  [
    'a step uphill',
    descent(({ weight, gradient }, { gradientScale, rate }) =>
      tf.add(weight, tf.mul(tf.mul(gradient, gradientScale), rate)),
    ),
    'descends',
    'of it left',
  ],
  [
    'a division by a gradient of zero',
    descent(({ weight, gradient }, { rate }) =>
      tf.sub(weight, tf.mul(tf.div(gradient, tf.sqrt(tf.square(gradient))), rate)),
    ),
    'zero gradient',
    'weight NaN',
  ],
  [
    'a rate of its own',
    descent(({ weight, gradient }, { gradientScale }) =>
      tf.sub(weight, tf.mul(tf.mul(gradient, gradientScale), 0.05)),
    ),
    'rate of 0',
    'another weight',
  ],
  [
    'a decay of every weight',
    descent((x, s) => tf.mul(plain(x, s), s.keep)),
    'weight decay',
    'another weight',
  ],
  [
    'a square of large gradients',
    descent((x, s) =>
      tf.sub(plain(x, s), tf.mul(tf.mul(tf.square(tf.square(tf.square(x.gradient))), s.rate), 0)),
    ),
    'large gradients',
    'weight NaN',
  ],
  [
    'a gradient without its scale',
    descent(({ weight, gradient }, { rate }) => tf.sub(weight, tf.mul(gradient, rate))),
    'gradient scale',
    '',
  ],
  [
    'a count of its own',
    descent((x, s) => {
      calls += 1;
      return tf.sub(plain(x, s), tf.mul(s.rate, 1e-3 * calls));
    }),
    'state',
    'another weight',
  ],
  [
    'a tensor that stays',
    descent((x, s) => (tf.keep(tf.zeros([1])), plain(x, s))),
    'no tensor left',
    '1 more',
  ],
];

describe('a planted fault', () => {
  it.each(faults)('%s is refused', async (_, optimizer, name, got) => {
    const results = await checkOptimizer(optimizer, { engine: eager, checks: [name] });
    const found = results.find(({ check }) => check === name);
    expect(found).toMatchObject({ status: 'fail' });
    expect(found!.finding!.got).toContain(got);
    expect(found!.finding!.where).toMatch(/matrix|embedding|gain/);
  });
});
