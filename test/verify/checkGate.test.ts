import { describe, expect, it } from 'vitest';
import learned from '../../examples/own-gate.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { DecayGate } from '../../src/gates/contract.js';
import { gates } from '../../src/gates/registry.js';
import { checkGate } from '../../src/verify/checkGate.js';
import { bothEngines } from '../support/engines.js';

const engines = await bothEngines();
const [eager] = engines;

describe('checkGate', () => {
  it.each([...Object.values(gates), learned])(
    'finds nothing wrong with $name, on both engines',
    async (gate) => {
      for (const engine of engines) {
        const before = tf.memory().numTensors;
        const results = await checkGate(gate, { engine });
        expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
        expect(tf.memory().numTensors).toBe(before);
      }
    },
  );

  it('does not run a gate whose form is wrong', async () => {
    const [form, ...others] = await checkGate({ ...learned, columns: 1 as never }, { engine: eager });
    expect(form).toMatchObject({
      status: 'fail',
      finding: { got: 'gate.columns: expected a function, got 1' },
    });
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set(['skip']));
  });
});

/** A gate of one column a head with another log decay; its weight is there to be read. */
function gateOf(logDecay: (projected: Tensor, bias: Tensor) => Tensor): DecayGate {
  return {
    ...learned,
    name: 'faulty',
    params: {},
    columns: () => 1,
    weights: ({ H }) => [{ name: 'bias', shape: [H], initial: () => new Float32Array(H).fill(1) }],
    logDecay: ({ projected }, { bias }, { H }) => logDecay(projected!, tf.reshape(bias!, [1, H, 1])),
  };
}

const logSigmoid = (x: Tensor): Tensor => tf.neg(tf.softplus(tf.neg(x)));

const good = (projected: Tensor, bias: Tensor): Tensor => logSigmoid(tf.add(projected, bias));

/** Gates with one fault each, the check that must see it, and what it says. */
const faults: readonly (readonly [string, DecayGate, string, string])[] = [
  ['three columns', { ...learned, columns: () => 3 }, 'columns', '3'],
  [
    'a weight with too few values',
    {
      ...learned,
      weights: ({ H }) => [{ name: 'bias', shape: [H], initial: () => new Float32Array(1) }],
    },
    'weights',
    '1',
  ],
  ['a decay without tokens', gateOf((x, b) => tf.mean(good(x, b), 2)), 'shape', '[2,3]'],
  ['a decay that grows', gateOf((x, b) => tf.add(x, b)), 'at most 0', ' at token '],
  [
    'a decay that overflows',
    gateOf((x, b) => tf.neg(tf.exp(tf.add(x, b)))),
    'at most 0',
    '-Infinity at token',
  ],
  [
    'tokens that see each other',
    gateOf((x, b) => logSigmoid(tf.add(tf.cumsum(x, 2), b))),
    'token by token',
    'another decay at token',
  ],
  [
    'a token that knows how long its row is',
    gateOf((x, b) => tf.mul(good(x, b), x.shape[2] ?? 1)),
    'one token',
    '-',
  ],
  [
    'a column that is not read',
    gateOf((x, b) => logSigmoid(tf.add(tf.zerosLike(x), b))),
    'all is used',
    'no effect',
  ],
  ['a weight that is not read', gateOf((x) => logSigmoid(x)), 'all is used', 'no effect'],
  [
    'a gradient that is not that of the decay',
    gateOf((x, b) => {
      const halved = tf.customGrad((y, save) => {
        (save as (tensors: Tensor[]) => void)([y as Tensor]);
        return { value: tf.clone(y as Tensor), gradFunc: (dy: Tensor) => tf.mul(dy, 0.5) };
      });
      return halved(good(x, b));
    }),
    'gradients',
    'where the sum rises by',
  ],
  [
    'a range that reaches too far',
    { ...learned, params: { start: { ...learned.params.start!, range: [0.5, 2] } } },
    'parameters',
    'NaN at token',
  ],
  [
    'a decay that is never the same',
    gateOf((x, b) => tf.sub(good(x, b), tf.randomUniform([1]))),
    'no tensor left',
    'others',
  ],
  ['a tensor that stays', gateOf((x, b) => (tf.keep(tf.zeros([1])), good(x, b))), 'no tensor left', '1 more'],
];

describe('a planted fault', () => {
  it.each(faults)('%s is refused', async (_, gate, name, got) => {
    const results = await checkGate(gate, { engine: eager });
    const found = results.find(({ check }) => check === name);
    expect(found).toMatchObject({ status: 'fail' });
    expect(found!.finding!.got).toContain(got);
    expect(found!.finding!.hint.length).toBeGreaterThan(20);
  });

  it('that throws is a finding, with what was thrown', async () => {
    const [, , , found] = await checkGate(
      {
        ...learned,
        logDecay: () => {
          throw new TypeError('no');
        },
      },
      { engine: eager },
    );
    expect(found).toMatchObject({ status: 'fail', finding: { got: 'TypeError: no' } });
  });
});
