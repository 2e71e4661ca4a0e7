import { describe, expect, it } from 'vitest';
import previousToken from '../../examples/own-mixer.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { matrixSpec, weightOf } from '../../src/core/weights.js';
import type { Mixer, MixerPlan } from '../../src/mixers/contract.js';
import { mixers } from '../../src/mixers/registry.js';
import { checkMixer } from '../../src/verify/checkMixer.js';
import { bothEngines } from '../support/engines.js';

const engines = await bothEngines();
const [, eager] = engines;

describe('checkMixer', () => {
  it.each([...Object.values(mixers), previousToken])('finds nothing wrong with $name', async (mixer) => {
    for (const engine of engines) {
      const before = tf.memory().numTensors;
      const results = await checkMixer(mixer, { engine });
      expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

/** The mixer of the example, with something else in its plan. */
function faulty(change: (plan: MixerPlan) => Partial<MixerPlan>): Mixer {
  return {
    ...previousToken,
    name: 'faulty',
    plan(settings, where) {
      const plan = previousToken.plan(settings, where);
      return { ...plan, ...change(plan) };
    },
  };
}

const forward = (by: (output: Tensor, x: Tensor, plan: MixerPlan) => Tensor): Mixer =>
  faulty((plan) => ({
    forward: (weights, x, documents) => by(plan.forward(weights, x, documents), x, plan),
  }));

/** Mixers with one fault each, the check that must see it, and what it says. */
const faults: readonly (readonly [string, Mixer, string, string])[] = [
  [
    'a weight named twice',
    faulty((plan) => ({ specs: (D) => [...plan.specs(D), matrixSpec('in', D, D)] })),
    'weights',
    "'in' twice",
  ],
  [
    'too few values of a weight',
    faulty(() => ({
      specs: (D) => [{ ...matrixSpec('in', D, D), initial: () => new Float32Array(3) }],
    })),
    'weights',
    '3',
  ],
  ['inputs that do not multiply x', faulty(() => ({ inputs: ['out'] })), 'weights', "'out'"],
  ['another width', forward((output) => tf.concat([output, output], 2)), 'shape', '[2,1,28]'],
  ['a division by 0', forward((output) => tf.div(output, 0)), 'shape', 'NaN at token 0 of row 0'],
  [
    'a state that grows',
    faulty((plan) => ({
      next: (weights, x, before) => {
        const { output, state } = plan.next(weights, x, before);
        return { output, state: { last: tf.concat([weightOf(before, 'last'), weightOf(state, 'last')], 1) } };
      },
    })),
    'state',
    'last [2,2,15]',
  ],
  [
    'a state by another name',
    faulty((plan) => ({
      next: (weights, x, before) => {
        const { output, state } = plan.next(weights, x, before);
        return { output, state: { previous: weightOf(state, 'last') } };
      },
    })),
    'state',
    'previous [2,1,15]',
  ],
  [
    'a cache that is not there',
    { ...previousToken, name: 'faulty', keepsTokens: true },
    'keeps tokens',
    'true',
  ],
  [
    'a state that is not carried',
    faulty((plan) => ({
      next: (weights, x, before) => ({ ...plan.next(weights, x, before), state: before }),
    })),
    'pieces',
    'at token 1 of row 0',
  ],
  [
    'a mean over the whole row',
    forward((output, x) => tf.add(output, tf.mean(x, 1, true))),
    'causality',
    'at token 0 of row 0',
  ],
  ['a mean over rows', forward((output, x) => tf.add(output, tf.mean(x, 0, true))), 'rows', 'of row 0'],
  [
    'documents that are not looked at',
    faulty((plan) => ({ forward: (weights, x) => plan.forward(weights, x) })),
    'documents',
    'at token 6 of row 0',
  ],
  [
    'another start of later documents',
    faulty((plan) => ({
      forward: (weights, x, documents) => {
        const output = plan.forward(weights, x, documents);
        return documents ? tf.add(output, tf.cast(tf.expandDims(documents, 2), 'float32')) : output;
      },
    })),
    'a new document',
    'at token 0 of row 0',
  ],
  [
    'a weight without an effect',
    faulty((plan) => ({ specs: (D) => [...plan.specs(D), matrixSpec('idle', D, D)] })),
    'gradients',
    'none',
  ],
  [
    'half of a gradient',
    forward((output) =>
      // The cast: its type takes lists of tensors alone.
      tf.customGrad(((x: Tensor) => ({
        value: tf.clone(x),
        gradFunc: (dy: Tensor) => tf.mul(dy, 0.5),
      })) as unknown as Parameters<typeof tf.customGrad>[0])(output),
    ),
    'gradients',
    'where the sum rises by',
  ],
  ['a count of operations that is none', faulty(() => ({ operations: () => NaN })), 'operations', 'NaN'],
  [
    'a tensor that stays',
    forward((output) => tf.add(output, tf.keep(tf.scalar(0)))),
    'no tensor left',
    'more',
  ],
  [
    'a plan that throws',
    faulty(() => {
      throw new TypeError('no plan');
    }),
    'shape',
    'TypeError: no plan',
  ],
];

it.each(faults)('sees %s', async (_, mixer, check, got) => {
  const results = await checkMixer(mixer, { engine: eager, checks: [check] });
  const found = results.find((result) => result.check === check);
  expect(found?.finding?.got).toContain(got);
});
