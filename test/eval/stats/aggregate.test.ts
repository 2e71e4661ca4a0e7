import { describe, expect, it } from 'vitest';
import {
  improvementProbability,
  interquartileMean,
  ranksOf,
  shareAbove,
  stratifiedBootstrap,
} from '../../../eval/stats/aggregate.js';
import { ShapeError } from '../../../src/core/errors.js';
import { Rng } from '../../../src/core/rng.js';

// Runs by task, and what rliable 1.2.0 gives for them (metrics.py; intervals by get_interval_estimates, 50,000 draws).
const A = [
  [0.747, 0.838, 0.53, 0.239, 0.478, 0.658],
  [0.642, 0.451, 0.682, 0.579, 0.821, 0.333],
  [0.698, 0.593, 0.231, 0.948, 0.38, 0.442],
  [0.467, 0.535, 0.64, 0.541, 0.32, 0.202],
];
const B = [
  [0.336, 0.597, 0.546, 0.812, 0.49, 0.317],
  [0.783, 0.373, 0.613, 0.379, 0.454, 0.606],
  [0.849, 0.595, 0.252, 0.648, 0.421, 0.378],
  [0.687, 0.378, 0.717, 0.251, 0.812, 0.657],
];
const JUDGED = {
  iqmA: 0.5463333333333334,
  iqmB: 0.532,
  improvement: 0.48611111111111116,
  profile: [1.0, 0.5833333333333334, 0.16666666666666666],
  iqmLow: 0.45450000000000007,
  iqmHigh: 0.62275,
  improvementLow: 0.3194444444444445,
  improvementHigh: 0.6527777777777778,
};

describe('statistics over tasks', () => {
  it('equal those of rliable', () => {
    expect(interquartileMean(A)).toBeCloseTo(JUDGED.iqmA, 12);
    expect(interquartileMean(B)).toBeCloseTo(JUDGED.iqmB, 12);
    expect(improvementProbability(A, B)).toBeCloseTo(JUDGED.improvement, 12);
    for (const [i, score] of [0.2, 0.5, 0.7].entries())
      expect(shareAbove(A, score)).toBeCloseTo(JUDGED.profile[i]!, 12);
  });

  it('have intervals that agree with those of rliable', () => {
    const options = { rng: Rng.fromSeed(1), resamples: 4000 };
    const [iqm] = stratifiedBootstrap([A], ([x = []]) => [interquartileMean(x)], options);
    // Percentiles of 4,000 draws have a standard error of about 0.03 of the width of the interval.
    const width = JUDGED.iqmHigh - JUDGED.iqmLow;
    expect(Math.abs(iqm!.low - JUDGED.iqmLow)).toBeLessThan(0.1 * width);
    expect(Math.abs(iqm!.high - JUDGED.iqmHigh)).toBeLessThan(0.1 * width);
    const both = stratifiedBootstrap([A, B], ([x = [], y = []]) => [improvementProbability(x, y)], options);
    const wide = JUDGED.improvementHigh - JUDGED.improvementLow;
    expect(Math.abs(both[0]!.low - JUDGED.improvementLow)).toBeLessThan(0.1 * wide);
    expect(Math.abs(both[0]!.high - JUDGED.improvementHigh)).toBeLessThan(0.1 * wide);
  });

  it('count equal scores half, and give equals the mean of their ranks', () => {
    expect(improvementProbability([[1, 2]], [[1, 2]])).toBe(0.5);
    expect(ranksOf([0.5, 0.9, 0.5, 0.1])).toEqual([2.5, 1, 2.5, 4]);
  });

  it('need runs on every task', () => {
    expect(() => stratifiedBootstrap([[[1], []]], () => [1], { rng: Rng.fromSeed(1) })).toThrow(ShapeError);
  });
});
