import { describe, expect, it } from 'vitest';
import { runCapacity } from '../../../eval/lab/capacity.js';
import { predictions } from '../../../eval/lab/predictions/registry.js';
import { runScaling } from '../../../eval/lab/scaling.js';
import { resolveParams } from '../../../src/core/params.js';
import { Rng } from '../../../src/core/rng.js';
import { tf } from '../../../src/core/tf.js';
import { rules } from '../../../src/rules/registry.js';
import '../../support/close.js';
import { ALL } from '../../support/share.js';
import { onWasm } from '../../support/wasm.js';

onWasm();

const withForm = Object.keys(predictions).filter((name) => predictions[name]?.capacity && name in rules);
const base = { pairs: [16, 48], K: 24, V: 24, correlation: 0, decay: 1, draws: 96, rng: Rng.fromSeed(1) };

/** The closed form averaged over the ages of n K pairs, K large. */
function limit(rule: string, n: number): number {
  const [K, pairs] = [2048, n * 2048];
  const params = resolveParams(rules[rule]!.params, {}, 'test');
  const at = { pairs, K, V: K, correlation: 0, beta: 1, decay: 1 };
  let sum = 0;
  for (let age = 0; age < pairs; age++) sum += predictions[rule]!.capacity!({ ...at, age }, params)!;
  return sum / pairs;
}

describe('capacity', () => {
  it.each(withForm)('%s: the error is within a twentieth of its closed form', (name) => {
    for (const [beta, decay] of [
      [1, 1],
      [0.6, 0.93],
    ] as const) {
      for (const point of runCapacity({ ...base, rules: [name], beta, decay })) {
        expect(point.error.value).toBeAllClose(point.error.predicted!, { rtol: 0.05, atol: 0 });
        expect(point.error.agrees).toBe(true);
        expect(point.ages.map(({ error }) => error.agrees)).toEqual([true, true, true, true]);
      }
    }
  });

  it.each([
    { K: 12, V: 20, correlation: 0 },
    ...(ALL ? [{ K: 40, V: 16, correlation: 0 }] : []),
    { K: 24, V: 24, correlation: 0.3 },
  ])('is within a twentieth of every closed form at %o too', (sizes) => {
    const setting = {
      ...base,
      ...sizes,
      pairs: [8, 40],
      beta: 0.8,
      decay: 0.97,
      draws: 192,
      rng: Rng.fromSeed(2),
    };
    const measured = runCapacity({ ...setting, rules: withForm }).filter(
      ({ error }) => error.predicted !== null,
    );
    expect(measured.length).toBeGreaterThanOrEqual(sizes.correlation === 0 ? 8 : 4);
    for (const { error } of measured)
      expect(error.value).toBeAllClose(error.predicted!, { rtol: 0.05, atol: 0 });
  });

  it.each([
    ['delta', (n: number) => (2 - Math.exp(-n)) * (1 - (1 - Math.exp(-n)) / n)],
    ['hebbian', (n: number) => n],
    ['oja', (n: number) => 2 - Math.exp(-n) - (1 - Math.exp(-n)) / n],
  ] as const)('%s: the closed form tends to that of the theory', (name, theory) => {
    for (const n of [0.25, 0.5, 1, 2, 4])
      expect(limit(name, n)).toBeAllClose(theory(n), { rtol: 3e-3, atol: 0 });
  });

  it('correlated keys cost plain association c^2 a pair', () => {
    const [point] = runCapacity({ ...base, rules: ['hebbian'], pairs: [32], correlation: 0.3 });
    expect(point!.error.predicted).toBeAllClose(31 * (0.09 + 0.49 / 23), { rtol: 1e-9, atol: 0 });
    expect(point!.error.agrees).toBe(true);
    expect(point!.error.value).toBeGreaterThan((2 * 31) / 24);
  });

  it('does not agree with the closed form of another rule', () => {
    const [point] = runCapacity({ ...base, rules: ['delta'], pairs: [24] });
    const hebbian = predictions.hebbian!.capacity!({ ...base, pairs: 24, beta: 1, age: 0 }, {})!;
    expect(Math.abs(point!.error.value / hebbian - 1)).toBeGreaterThan(0.2);
  });

  it('one pair is recalled exactly and found', () => {
    const points = runCapacity({ ...base, rules: ['delta', 'hebbian'], pairs: [1], draws: 4 });
    for (const { error, top1, ages } of points) {
      expect(error.value).toBeAllClose(0, { rtol: 0, atol: 1e-10 });
      expect(top1.value).toBe(1);
      expect(ages).toHaveLength(1);
    }
  });

  it('top-1 falls with the number of pairs, and delta forgets the oldest first', () => {
    const points = runCapacity({ ...base, rules: ['delta'], pairs: [6, 24, 96], draws: 16 });
    const [few, some, many] = points.map(({ top1 }) => top1.value);
    expect(few!).toBeGreaterThan(some!);
    expect(some!).toBeGreaterThan(many!);
    expect(points[2]!.ages[0]!.top1.value).toBeGreaterThan(points[2]!.ages[3]!.top1.value + 0.3);
  });

  it('measures every registered rule and leaves no tensor', () => {
    const before = tf.memory().numTensors;
    const points = runCapacity({ ...base, rules: Object.keys(rules), pairs: [2, 4], K: 6, V: 5, draws: 3 });
    expect(tf.memory().numTensors).toBe(before);
    expect(points.map(({ rule }) => rule)).toEqual(Object.keys(rules).flatMap((name) => [name, name]));
  });

  it('is the same for the same seed', () => {
    const run = (): unknown => runCapacity({ ...base, rules: ['oja'], draws: 4, rng: Rng.fromSeed(9) });
    expect(run()).toEqual(run());
  });

  it.each([
    [{ pairs: [4, 2] }, 'pairs: expected ascending whole numbers, got 4,2'],
    [{ correlation: 1 }, 'correlation: expected a number from 0 to below 1, got 1'],
    [{ decay: 0 }, 'decay: expected a number above 0 and at most 1, got 0'],
    [{ draws: 0 }, 'draws: expected at least 1, got 0'],
  ])('refuses %j', (change, message) => {
    expect(() => runCapacity({ ...base, rules: ['delta'], ...change })).toThrow(message);
  });
});

describe('scaling', () => {
  it('pairs grow with d_k in the mean and with its root in the worst case', () => {
    const scalings = runScaling({
      rules: ['hebbian', 'delta'],
      dims: [8, 16, 32],
      worstDims: [64, 256, 1024],
      draws: 48,
      threshold: 0.5,
      rng: Rng.fromSeed(3),
    });
    const [hebbian, delta, worst] = scalings;
    expect(scalings.map(({ theory }) => theory)).toEqual([1, 1, 0.5]);
    expect(hebbian!.exponent!.predicted).toBeAllClose(1, { rtol: 1e-9, atol: 0 });
    expect(hebbian!.capacities.map(({ predicted }) => predicted)).toBeAllClose([4, 8, 16], {
      rtol: 1e-9,
      atol: 0,
    });
    for (const one of [hebbian!, delta!]) expect(one.exponent!.agrees).toBe(true);
    expect([worst!.exponent!.predicted, worst!.exponent!.agrees]).toEqual([null, null]);
    for (const { exponent, capacities } of [hebbian!, delta!]) {
      expect(exponent!.value).toBeAllClose(exponent!.predicted!, { rtol: 0.05, atol: 0 });
      for (const { others, predicted } of capacities) {
        expect(others!).toBeAllClose(predicted!, { rtol: 0.1, atol: 0 }); // of 48 draws
      }
    }
    expect(Math.abs(worst!.exponent!.value - 0.5)).toBeLessThan(0.12);
    for (const { exponent } of scalings) expect(exponent!.low!).toBeLessThan(exponent!.high!);
  });

  it('has no exponent where a memory never reaches the threshold, or for one dimension', () => {
    const few = { rules: ['bcm-response'], draws: 2, threshold: 0.1, rng: Rng.fromSeed(1) };
    const [never] = runScaling({ ...few, dims: [4, 6], worstDims: [] });
    expect(never!.exponent).toBeNull();
    expect(never!.capacities.map(({ others }) => others)).toEqual([null, null]);
    expect(runScaling({ ...few, rules: [], dims: [], worstDims: [16] })[0]!.exponent).toBeNull();
  });
});
