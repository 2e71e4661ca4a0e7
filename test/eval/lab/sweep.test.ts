import { describe, expect, it } from 'vitest';
import { capacityForm } from '../../../eval/lab/capacity.js';
import { runSweeps, type SweepOptions } from '../../../eval/lab/sweep.js';
import { Rng } from '../../../src/core/rng.js';
import '../../support/close.js';

const base: SweepOptions = {
  rules: ['hebbian'],
  pairs: 16,
  K: 16,
  V: 16,
  correlation: 0,
  decay: 1,
  beta: 1,
  draws: 128,
  rng: Rng.fromSeed(3),
  values: {},
};

describe('sweeps of capacity', () => {
  it('change one thing at a time and stay within a twentieth of the closed forms', () => {
    const values = { dim: [8, 32], correlation: [0, 0.3], decay: [1, 0.9] };
    const points = runSweeps({ ...base, values });
    expect(
      points.map(({ over, at, K, V, correlation, decay }) => [over, at, K, V, correlation, decay]),
    ).toEqual([
      ['dim', 8, 8, 8, 0, 1],
      ['dim', 32, 32, 32, 0, 1],
      ['correlation', 0, 16, 16, 0, 1],
      ['correlation', 0.3, 16, 16, 0.3, 1],
      ['decay', 1, 16, 16, 0, 1],
      ['decay', 0.9, 16, 16, 0, 0.9],
    ]);
    for (const { error, ...at } of points) {
      expect(error.predicted).toBe(capacityForm('hebbian', at));
      expect(error.value).toBeAllClose(error.predicted!, { rtol: 0.05, atol: 0 });
      expect(error.agrees).toBe(true);
    }
  });

  it('leave the width of values alone where it is not that of the keys', () => {
    const points = runSweeps({ ...base, V: 5, draws: 2, values: { dim: [4, 8] } });
    expect(points.map(({ K, V }) => [K, V])).toEqual([
      [4, 5],
      [8, 5],
    ]);
  });

  it('refuse what makes no experiment', () => {
    expect(() => runSweeps({ ...base, values: { dim: [2.5] } })).toThrow(
      'dim: expected whole numbers of at least 1, got 2.5',
    );
    expect(() => runSweeps({ ...base, values: { decay: [0] } })).toThrow('decay: expected a number above 0');
  });
});
