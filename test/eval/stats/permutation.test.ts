import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/core/errors.js';
import { Rng } from '../../../src/core/rng.js';
import { pairsForLevel, signFlipTest, smallestPermutationP } from '../../../eval/stats/permutation.js';

const rng = Rng.fromSeed(0);

/** The definition: every pattern of signs by counting in binary. */
function byCounting(differences: readonly number[]): number {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const seen = Math.abs(sum(differences));
  const patterns = 2 ** differences.length;
  let count = 0;
  for (let pattern = 0; pattern < patterns; pattern++) {
    const flipped = differences.map((value, i) => (pattern & (1 << i) ? -value : value));
    if (Math.abs(sum(flipped)) >= seen - 1e-9) count += 1;
  }
  return count / patterns;
}

describe('signFlipTest', () => {
  it.each([[[0.1, NaN, 0.3]], [[0.1, Infinity]], [[1e308, 1e308, 1e308]]])(
    'makes nothing of %j',
    (differences) => {
      expect(() => signFlipTest(differences, { rng })).toThrow(DataError);
      expect(() => signFlipTest(differences, { rng })).toThrow('expected finite differences');
    },
  );

  it('counts what the definition counts, ties and zeros included', () => {
    const difference = fc.integer({ min: -5, max: 5 });
    fc.assert(
      fc.property(fc.array(difference, { minLength: 1, maxLength: 9 }), (differences) => {
        expect(signFlipTest(differences, { rng })).toEqual({ p: byCounting(differences), exact: true });
      }),
      { seed: 1 },
    );
  });

  it('cannot go below 0.25 with three seeds, nor below 1/16 with five', () => {
    expect(signFlipTest([9, 10, 11], { rng }).p).toBe(0.25);
    expect(signFlipTest([9, 10, 11, 9, 10], { rng }).p).toBe(1 / 16);
    expect([3, 5].map(smallestPermutationP)).toEqual([0.25, 1 / 16]);
  });

  it('says how many seeds can reach a level', () => {
    expect(pairsForLevel(0.05)).toBe(6); // 2^-5 = 0.031
    expect(pairsForLevel(0.05 / 28)).toBe(11); // 2^-10 = 0.00098
    expect(pairsForLevel(1)).toBe(1);
  });

  it('samples above 16 pairs, close to the exact p and never 0', () => {
    const differences = Array.from(rng.derive('sampled').normals(16), (z) => z + 0.4);
    const exact = signFlipTest(differences, { rng }).p;
    const sampled = signFlipTest([...differences, 0], { rng: rng.derive('draws') });
    expect(sampled.exact).toBe(false);
    expect(Math.abs(sampled.p - exact)).toBeLessThan(4 * Math.sqrt(exact / 20_000));
    const certain = signFlipTest(new Array<number>(40).fill(1), { rng, samples: 999 });
    expect(certain.p).toBe(1 / 1000);
  });

  it('keeps its level under the null, also for skewed pairs', () => {
    const skewed = (stream: Rng): number => -Math.log(1 - stream.uniform());
    const rejected = Array.from({ length: 2000 }, (_, i) => {
      const stream = rng.derive('null', i);
      const differences = Array.from({ length: 8 }, () => skewed(stream) - skewed(stream));
      return signFlipTest(differences, { rng }).p <= 0.05;
    }).filter(Boolean).length;
    // 2^-7 x 6 = 0.047 is the largest p at or below the level.
    expect(Math.abs(rejected / 2000 - 6 / 128)).toBeLessThan(3 * Math.sqrt(0.047 / 2000));
  });

  it('refuses no differences', () => {
    expect(() => signFlipTest([], { rng })).toThrow(
      'sign flip test: expected at least one difference, got none',
    );
  });
});
