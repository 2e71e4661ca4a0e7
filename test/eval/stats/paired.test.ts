import { describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { holm } from '../../../eval/stats/holm.js';
import { meanInterval } from '../../../eval/stats/meanInterval.js';
import { effectSize, moments, pairedTTest } from '../../../eval/stats/paired.js';

const rng = Rng.fromSeed(0);

// Student 1908, extra hours of sleep by two drugs: differences of ten patients.
const SLEEP = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];

describe('pairedTTest', () => {
  it("gives Student's own answer", () => {
    expect(moments(SLEEP).mean).toBeCloseTo(1.58, 10);
    expect(pairedTTest(SLEEP)).toBeCloseTo(0.002833, 6); // t = 4.0621, 9 degrees of freedom
  });

  it('says nothing of one difference, or of equal ones, but 1 of none', () => {
    expect(pairedTTest([0.1])).toBeNull();
    expect(pairedTTest([0.9 - 0.8, 0.8 - 0.7, 0.5 - 0.4])).toBeNull();
    expect(pairedTTest([0, 0, 0])).toBe(1);
  });

  it('does not depend on sign or unit', () => {
    const p = pairedTTest(SLEEP)!;
    expect(pairedTTest(SLEEP.map((x) => -60 * x))).toBeCloseTo(p, 12);
  });
});

describe('meanInterval', () => {
  it('is that of Student for few values', () => {
    const { low, high, method } = meanInterval(SLEEP, { rng, level: 0.95 });
    expect(method).toBe('t');
    expect(low).toBeCloseTo(0.7001142, 6);
    expect(high).toBeCloseTo(2.4598858, 6);
  });

  it('is a bootstrap for many', () => {
    const values = Array.from(rng.derive('many').normals(40));
    const interval = meanInterval(values, { rng, level: 0.95 });
    expect(interval.method).toBe('bootstrap');
    expect(interval.value).toBeCloseTo(moments(values).mean, 12);
    expect(interval.low).toBeLessThan(interval.value);
  });

  it('stays within the range that is possible, and covers the truth as often as the whole', () => {
    const scores = [0.95, 0.99, 1];
    const whole = meanInterval(scores, { rng, level: 0.95 });
    expect(whole.high).toBeGreaterThan(1);
    const cut = meanInterval(scores, { rng, level: 0.95, range: [0, 1] });
    expect(cut).toEqual({ ...whole, high: 1 });
    expect(meanInterval([1], { rng, level: 0.95, range: [0, 1] }).high).toBeNull();
  });

  it('has no bounds where there is no spread to make them from', () => {
    expect(meanInterval([3], { rng, level: 0.95 })).toEqual({ value: 3, low: null, high: null, method: 't' });
    expect(meanInterval([1, 1, 1], { rng, level: 0.95 }).low).toBeNull();
    expect(() => meanInterval([], { rng, level: 0.95 })).toThrow(
      'moments: expected at least one number, got none',
    );
  });

  it.each([3, 5, 12])('covers the truth as often as it says with %s normal values', (n) => {
    const covered = Array.from({ length: 2000 }, (_, i) => {
      const values = Array.from(rng.derive('cover', n, i).normals(n), (z) => 5 + z);
      const { low, high } = meanInterval(values, { rng, level: 0.9 });
      return low! <= 5 && 5 <= high!;
    }).filter(Boolean).length;
    expect(Math.abs(covered / 2000 - 0.9)).toBeLessThan(3 * Math.sqrt((0.9 * 0.1) / 2000));
  });
});

describe('effectSize', () => {
  it('is d and g of the sleep data', () => {
    const { cohenD, hedgesG } = effectSize(SLEEP);
    expect(cohenD).toBeCloseTo(1.2845581, 5);
    expect(hedgesG! / cohenD!).toBeCloseTo(0.9139, 3); // J(9), about 1 - 3 / (4 * 9 - 1)
  });

  it('g is unbiased where d is not', () => {
    const draws = Array.from({ length: 4000 }, (_, i) =>
      effectSize(Array.from(rng.derive('effect', i).normals(5), (z) => 1 + z)),
    );
    const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
    expect(mean(draws.map(({ hedgesG }) => hedgesG!))).toBeCloseTo(1, 1);
    expect(mean(draws.map(({ cohenD }) => cohenD!))).toBeGreaterThan(1.15);
  });

  it('is not known without spread', () => {
    expect(effectSize([2, 2, 2])).toEqual({ cohenD: null, hedgesG: null });
    expect(effectSize([2])).toEqual({ cohenD: null, hedgesG: null });
    expect(effectSize([1, 3]).hedgesG).toBeNull();
  });
});

describe('holm', () => {
  it('steps down from the smallest', () => {
    // Holm by hand: 4 x 0.01, 3 x 0.02, then 2 x 0.03 and 1 x 0.04 held up by the one before.
    expect(holm([0.04, 0.01, 0.03, 0.02])).toEqual([0.06, 0.04, 0.06, 0.06]);
  });

  it('never exceeds 1 and keeps the order of p values', () => {
    expect(holm([0.9, 0.5, 0.001])).toEqual([1, 1, 0.003]);
    expect(holm([])).toEqual([]);
  });
});
