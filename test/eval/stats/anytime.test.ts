import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anytimeInterval,
  closedEValues,
  evidencePath,
  twoSided,
  type Evidence,
} from '../../../eval/stats/anytime.js';
import { normalCdf } from '../../../eval/stats/normal.js';
import { ShapeError } from '../../../src/core/errors.js';
import { Rng } from '../../../src/core/rng.js';
import { LOPSIDED, SHAPES } from './sequentialGrids.js';

/** The definition, by products: no logarithms, nothing carried from one difference to the next. */
function byProducts(differences: readonly number[], centre: number): Evidence {
  const spreadOf = (values: readonly number[]): number => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1));
  };
  const wealth = (side: number): number => {
    const products = [0.4, 0.8, 1.6, 4].map((effect) =>
      differences.reduce((product, difference, i) => {
        const spread = i < 3 ? 0 : spreadOf(differences.slice(0, i));
        const x = difference - centre;
        const stake =
          spread > 1e-9 ? Math.tanh((effect * x) / spread) : (2 * normalCdf(effect) - 1) * Math.sign(x);
        return product * (1 + side * stake);
      }, 1),
    );
    return products.reduce((a, b) => a + b, 0) / products.length;
  };
  return { above: wealth(1), below: wealth(-1) };
}

describe('evidencePath', () => {
  it('is what the definition gives after every difference', () => {
    const difference = fc.integer({ min: -8, max: 12 }).map((x) => x / 4);
    fc.assert(
      fc.property(
        fc.array(difference, { minLength: 1, maxLength: 12 }),
        difference,
        (differences, centre) => {
          const path = evidencePath(differences, centre);
          for (const [i, found] of path.entries()) {
            const wanted = byProducts(differences.slice(0, i + 1), centre);
            // Relative error of products of numbers near 0, which the definition takes as 1 - tanh.
            expect(Math.abs(found.above - wanted.above)).toBeLessThan(1e-9 * (1 + wanted.above));
            expect(Math.abs(found.below - wanted.below)).toBeLessThan(1e-9 * (1 + wanted.below));
          }
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it('wins nothing on average over all signs of the same sizes', () => {
    const sizes = [1, 0.2, 3, 0.5, 2, 2, 0.1];
    const patterns = Array.from({ length: 2 ** sizes.length }, (_, p) =>
      sizes.map((size, i) => (p & (1 << i) ? -size : size)),
    );
    const mean =
      patterns.reduce((sum, x) => sum + (evidencePath(x).at(-1)?.above ?? NaN), 0) / patterns.length;
    expect(mean).toBeCloseTo(1, 12);
  });

  it('mirrors, does not depend on the unit, and falls as the centre rises', () => {
    const x = [0.3, -0.1, 0.4, 0.2, 0.05, 0.6];
    const last = (values: readonly number[], centre = 0): Evidence => evidencePath(values, centre).at(-1)!;
    expect(last(x.map((v) => -v)).below).toBeCloseTo(last(x).above, 12);
    expect(last(x.map((v) => 1000 * v)).above).toBeCloseTo(last(x).above, 9);
    const falling = [-0.3, -0.1, 0, 0.1, 0.3].map((centre) => last(x, centre).above);
    expect([...falling].sort((a, b) => b - a)).toEqual(falling);
  });

  it('takes equal scores for no win on either side, also where rounding makes them differ', () => {
    expect(evidencePath([0, 0, 0, 0]).at(-1)).toEqual({ above: 1, below: 1 });
    const rounded = evidencePath([0.01, 0.06 - 0.05], 0.01);
    expect(rounded.at(-1)).toEqual({ above: 1, below: 1 });
  });

  it.each([[[NaN]], [[1, Infinity]]])('refuses %j', (differences) => {
    expect(() => evidencePath(differences)).toThrow(ShapeError);
  });

  it('stays finite or infinite, never NaN, over thousands of differences', () => {
    const many = Array.from({ length: 3000 }, (_, i) => 1 + (i % 7) / 10);
    const last = evidencePath(many).at(-1)!;
    expect([last.above, last.below]).toEqual([Infinity, 0]);
  });
});

describe('the test at any time', () => {
  const rng = Rng.fromSeed(5);
  const SERIES = 600;
  const [LOOKS, LEVEL] = [60, 0.05];

  function alarms(draw: (rng: Rng) => number, label: string): number {
    const false_ = Array.from({ length: SERIES }, (_, i) => {
      const own = rng.derive(label, i);
      return evidencePath(Array.from({ length: LOOKS }, () => draw(own))).some(
        (e) => twoSided(e) >= 1 / LEVEL,
      );
    });
    return false_.filter(Boolean).length / SERIES;
  }

  it.each(Object.entries(SHAPES))('%s: false in at most 5 % of series looked at 60 times', (name, noise) => {
    expect(alarms((own) => noise(own) - noise(own), name)).toBeLessThanOrEqual(LEVEL);
  });

  it('is not held for differences that are not symmetric, which it is said of', () => {
    expect(alarms(LOPSIDED['log-normal against no noise']!, 'lopsided')).toBeGreaterThan(LEVEL);
  });
});

describe('anytimeInterval', () => {
  it('is where the evidence of the last look stays below 2 / level on either side', () => {
    const x = Array.from(Rng.fromSeed(3).normals(25), (z) => 0.5 + 0.2 * z);
    const { low, high } = anytimeInterval(x, 0.05);
    const at = (centre: number): Evidence => evidencePath(x, centre).at(-1)!;
    expect(at(low!).above).toBeCloseTo(40, 5);
    expect(at(high!).below).toBeCloseTo(40, 5);
    expect(low!).toBeLessThan(0.5);
    expect(high!).toBeGreaterThan(0.5);
  });

  it('covers the truth at all of 40 looks in 95 % of series', () => {
    const rng = Rng.fromSeed(8);
    const missed = Array.from({ length: 100 }, (_, i) => {
      const own = rng.derive(i);
      const x = Array.from({ length: 40 }, () => 3 + own.normal());
      return [6, 12, 25, 40].some((n) => {
        const { low, high } = anytimeInterval(x.slice(0, n), 0.05);
        return (low ?? -Infinity) > 3 || (high ?? Infinity) < 3;
      });
    });
    expect(missed.filter(Boolean).length / missed.length).toBeLessThanOrEqual(0.05);
  });

  it('has no bounds while there are too few differences, and is a point where all are equal', () => {
    expect(anytimeInterval([], 0.05)).toEqual({ low: null, high: null });
    expect(anytimeInterval([1, 2, 3, 4, 5], 0.05)).toEqual({ low: null, high: null });
    const { low, high } = anytimeInterval(new Array<number>(12).fill(0.25), 0.05);
    expect(low).toBeCloseTo(0.25, 8);
    expect(high).toBeCloseTo(0.25, 8);
  });
});

describe('closedEValues', () => {
  it('is the least mean over all sets that hold an e-value', () => {
    const value = fc.integer({ min: 0, max: 400 }).map((x) => x / 10);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 7 }), (values) => {
        const wanted = values.map((_, i) => {
          const sets = Array.from({ length: 2 ** values.length }, (__, bits) =>
            values.filter((___, j) => bits & (1 << j)),
          ).filter((___, bits) => bits & (1 << i));
          return Math.min(...sets.map((set) => set.reduce((a, b) => a + b, 0) / set.length));
        });
        for (const [i, found] of closedEValues(values).entries()) expect(found).toBeCloseTo(wanted[i]!, 9);
      }),
      { seed: 1 },
    );
  });
});
