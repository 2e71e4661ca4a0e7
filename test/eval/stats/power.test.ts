import { describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { pairedTTest } from '../../../eval/stats/paired.js';
import { signFlipTest } from '../../../eval/stats/permutation.js';
import { detectableEffect, pairedTPower, pairsNeeded } from '../../../eval/stats/power.js';

const rng = Rng.fromSeed(7);

/** Share of 3,000 simulated samples that a test rejects. */
function simulated(
  effect: number,
  pairs: number,
  level: number,
  pOf: (differences: number[]) => number,
): number {
  const draws = Array.from({ length: 3000 }, (_, i) =>
    pOf(Array.from(rng.derive(pairs, i).normals(pairs), (z) => z + effect)),
  );
  return draws.filter((p) => p <= level).length / draws.length;
}

const t = (differences: number[]): number => pairedTTest(differences) ?? 1;
const flips = (differences: number[]): number => signFlipTest(differences, { rng }).p;

describe('pairedTPower', () => {
  it('is the power of the textbooks', () => {
    // Cohen 1988: d 0.5 needs 34 pairs for power 0.8 at 0.05.
    expect(pairedTPower(0.5, { pairs: 34, level: 0.05 })).toBeCloseTo(0.8078, 3);
    expect(pairsNeeded(0.5, 0.05)).toBe(34);
    expect(pairsNeeded(0.2, 0.05)).toBe(199);
  });

  it('is the level where there is no effect, and does not depend on its sign', () => {
    for (const pairs of [2, 3, 10, 50]) {
      expect(pairedTPower(0, { pairs, level: 0.03 })).toBeCloseTo(0.03, 4);
    }
    expect(pairedTPower(-1, { pairs: 5, level: 0.05 })).toBe(pairedTPower(1, { pairs: 5, level: 0.05 }));
    expect(pairedTPower(9, { pairs: 1, level: 0.05 })).toBe(0);
  });

  it.each([
    [3, 2, 0.05],
    [3, 10, 0.01],
    [5, 1.5, 0.05],
    [12, 0.9, 0.01],
  ])('is what simulation finds: %s pairs, effect %s, level %s', (pairs, effect, level) => {
    const predicted = pairedTPower(effect, { pairs, level });
    const error = Math.sqrt((predicted * (1 - predicted)) / 3000);
    expect(Math.abs(simulated(effect, pairs, level, t) - predicted)).toBeLessThan(3 * error + 1e-3);
  });
});

describe('detectableEffect', () => {
  it.each([
    ['t', 3, 0.05, t],
    ['t', 5, 0.01, t],
    ['permutation', 8, 0.05, flips],
  ] as const)('is seen four times in five by the %s test with %s pairs at %s', (test, pairs, level, pOf) => {
    const effect = detectableEffect({ test, pairs, level });
    expect(Math.abs(simulated(effect, pairs, level, pOf) - 0.8)).toBeLessThan(0.035);
  });

  it('is infinite where the test can never reach the level', () => {
    expect(detectableEffect({ test: 'permutation', pairs: 3, level: 0.05 })).toBe(Infinity);
    expect(detectableEffect({ test: 'permutation', pairs: 5, level: 0.05 })).toBe(Infinity);
    expect(detectableEffect({ test: 't', pairs: 1, level: 0.05 })).toBe(Infinity);
    expect(detectableEffect({ test: 'permutation', pairs: 6, level: 0.05 })).toBeLessThan(3);
  });

  it('agrees between the tests with many pairs', () => {
    const [byT, byFlips] = (['t', 'permutation'] as const).map((test) =>
      detectableEffect({ test, pairs: 30, level: 0.05 }),
    );
    expect(byFlips).toBe(byT);
  });

  it('refuses what is not a level', () => {
    expect(() => detectableEffect({ test: 't', pairs: 3, level: 0 })).toThrow(
      'detectable effect: expected whole pairs from 0 up, level and power between 0 and 1, got 3, 0 and 0.8',
    );
  });
});

it('pairsNeeded is infinite for no effect', () => {
  expect(pairsNeeded(0, 0.05)).toBe(Infinity);
});
