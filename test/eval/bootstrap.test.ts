import { describe, expect, it } from 'vitest';
import { bootstrapMean, bootstrapRatios, pairedBootstrap } from '../../eval/stats/bootstrap.js';
import { Rng } from '../../src/core/rng.js';

const rng = Rng.fromSeed(20);

/** Share of `trials` whose interval holds the truth. */
function coverage(
  trials: number,
  truth: number,
  trial: (rng: Rng) => { low: number | null; high: number | null },
) {
  let covered = 0;
  for (let i = 0; i < trials; i++) {
    const { low, high } = trial(rng.derive('trial', i));
    if (low !== null && high !== null && low <= truth && truth <= high) covered += 1;
  }
  return covered / trials;
}

describe('bootstrap', () => {
  it.each([NaN, Infinity, -Infinity])('gives no bounds to a mean with %d among its values', (value) => {
    const interval = bootstrapMean([1, value, 2, 3], { rng: Rng.fromSeed(1) });
    expect([interval.low, interval.high]).toEqual([null, null]);
  });

  it('gives the ratio of the sums and an interval around it', () => {
    const ratio = { numerators: [1, 2, 3, 10], denominators: [1, 1, 2, 4] };
    const [interval] = bootstrapRatios([ratio], { rng: rng.derive('ratio') });
    expect(interval?.value).toBe(2);
    expect(interval?.low).toBeGreaterThanOrEqual(1);
    expect(interval?.high).toBeLessThanOrEqual(2.5);
    expect(interval?.low).toBeLessThan(interval?.high ?? -Infinity);
  });

  it('same stream, same interval; another stream, another', () => {
    const values = rng.derive('values').normals(30);
    const once = bootstrapMean(values, { rng: rng.derive('a') });
    expect(bootstrapMean(values, { rng: rng.derive('a') })).toEqual(once);
    expect(bootstrapMean(values, { rng: rng.derive('b') })).not.toEqual(once);
  });

  it('a ratio has the same interval beside others as alone', () => {
    const values = rng.derive('beside').normals(25);
    const ratio = { numerators: values, denominators: new Float64Array(25).fill(1) };
    const other = { numerators: rng.derive('other').normals(25), denominators: new Float64Array(25).fill(2) };
    const [alone] = bootstrapRatios([ratio], { rng: rng.derive('x') });
    const [first] = bootstrapRatios([ratio, other], { rng: rng.derive('x') });
    expect(first).toEqual(alone);
  });

  it('narrows with the root of the number of samples', () => {
    const width = (n: number): number => {
      const { low, high } = bootstrapMean(rng.derive('width', n).normals(n), { rng: rng.derive('w') });
      return (high ?? NaN) - (low ?? NaN);
    };
    expect(width(100) / width(1600)).toBeGreaterThan(3);
    expect(width(100) / width(1600)).toBeLessThan(5.3);
  });

  it('covers the mean of a skewed population 95 times in 100', () => {
    const share = coverage(400, Math.exp(0.125), (stream) => {
      const values = Float64Array.from(stream.normals(60), (x) => Math.exp(x / 2));
      return bootstrapMean(values, { rng: stream.derive('boot'), resamples: 600 });
    });
    expect(share).toBeGreaterThan(0.915);
    expect(share).toBeLessThan(0.98);
  });

  it('covers nats per token when stories differ in length and difficulty', () => {
    const share = coverage(400, 2, (stream) => {
      const tokens = Float64Array.from({ length: 50 }, () => 20 + stream.below(200));
      const nats = tokens.map((count) => count * (2 + 0.3 * stream.normal()));
      const ratio = { numerators: nats, denominators: tokens };
      const [interval] = bootstrapRatios([ratio], { rng: stream.derive('boot'), resamples: 600 });
      return interval ?? { low: null, high: null };
    });
    expect(share).toBeGreaterThan(0.915);
    expect(share).toBeLessThan(0.98);
  });

  it('covers at another level too', () => {
    const share = coverage(400, 0, (stream) =>
      bootstrapMean(stream.normals(40), { rng: stream.derive('boot'), resamples: 400, level: 0.8 }),
    );
    expect(share).toBeGreaterThan(0.73);
    expect(share).toBeLessThan(0.86);
  });

  it('paired: sees a small difference under large common noise, and covers it', () => {
    const ones = new Float64Array(50).fill(1);
    const trial = (stream: Rng) => {
      const common = stream.normals(50, 5);
      const a = Float64Array.from(common, (x) => x + 0.1 + 0.1 * stream.normal());
      return pairedBootstrap(
        { numerators: a, denominators: ones },
        { numerators: common, denominators: ones },
        { rng: stream.derive('boot'), resamples: 400 },
      );
    };
    const share = coverage(400, 0.1, trial);
    expect(share).toBeGreaterThan(0.91);
    expect(share).toBeLessThan(0.98);
    const { low, high } = trial(rng.derive('one'));
    expect(low).toBeGreaterThan(0);
    expect(high).toBeLessThan(0.2);
  });

  it('one sample has a value and no interval; equal samples have an interval of no width', () => {
    expect(bootstrapMean([3], { rng })).toEqual({ value: 3, low: null, high: null });
    expect(bootstrapMean([3, 3, 3], { rng })).toEqual({ value: 3, low: 3, high: 3 });
  });

  it('samples with nothing to count take no part', () => {
    const some = bootstrapRatios([{ numerators: [0, 2, 4], denominators: [0, 1, 1] }], { rng });
    expect(some[0]?.value).toBe(3);
    expect(Number.isFinite(some[0]?.low)).toBe(true);
  });

  it('samples that differ in number are refused', () => {
    expect(() => bootstrapRatios([{ numerators: [1, 2], denominators: [1] }], { rng })).toThrow(
      'bootstrap: expected samples of one length above 0, got 2 and 1, first 2',
    );
    expect(() => bootstrapMean([], { rng })).toThrow('got 0 and 0, first 0');
  });
});
