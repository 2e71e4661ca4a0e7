import { describe, expect, it } from 'vitest';
import {
  conditioningInputs,
  conditioningLaw,
  idealExpectations,
  openTask,
  tasks,
  type ConditioningTrial,
} from '../../../data/tasks/index.js';
import { leastSquares } from '../../../data/tasks/leastSquares.js';
import { Rng } from '../../../src/core/rng.js';
import '../../support/close.js';

const trial = (cues: string, us: number): ConditioningTrial => ({
  cues: Array.from(cues, Number),
  us,
});
const repeat = (n: number, one: ConditioningTrial): ConditioningTrial[] =>
  Array.from({ length: n }, () => one);
const exact = { law: 'sum', noise: 0, keep: 1 } as const;

describe('the ideal learner', () => {
  it('is ridge regression where weights stay: (X^T X + noise^2 I) w = X^T u', () => {
    const rng = Rng.fromSeed(3);
    const trials = Array.from({ length: 12 }, () => ({ cues: [...rng.normals(3)], us: rng.normal() }));
    const noise = 0.7;
    // Ridge is least squares with a row of the noise for each cue.
    const rows = [
      ...trials.slice(0, 11).map(({ cues }) => cues),
      [noise, 0, 0],
      [0, noise, 0],
      [0, 0, noise],
    ];
    const ys = [...trials.slice(0, 11).map(({ us }) => us), 0, 0, 0];
    const w = leastSquares(
      rows.map((row) => Float64Array.from(row)),
      ys,
    );
    const expected = trials[11]!.cues.reduce((sum, x, i) => sum + x * w[i]!, 0);
    expect(idealExpectations(trials, { law: 'sum', noise, keep: 1 })[11]).toBeAllClose(expected, {
      rtol: 1e-9,
      atol: 0,
    });
  });

  it('of the sum blocks, of sets of cues does not', () => {
    const trials = [...repeat(10, trial('10', 1)), trial('11', 1), trial('01', 1)];
    const [sum, configural] = (['sum', 'configural'] as const).map((law) =>
      idealExpectations(trials, { law, noise: 0.1, keep: 1 }),
    );
    expect(sum![10]).toBeGreaterThan(0.95);
    expect(Math.abs(sum![11]!)).toBeLessThan(0.05);
    expect(configural!.slice(10)).toEqual([0, 0]);
  });

  it('of sets of cues solves negative patterning, of the sum does not', () => {
    const round = [trial('10', 1), trial('01', 1), trial('11', 0)];
    const trials = Array.from({ length: 20 }, () => round).flat();
    const end = (law: 'sum' | 'configural'): number[] =>
      idealExpectations(trials, { law, noise: 0.2, keep: 1 }).slice(-3);
    expect(end('configural')).toBeAllClose([1, 1, 0], { rtol: 0, atol: 0.01 });
    const [A, , AB] = end('sum');
    expect(AB!).toBeGreaterThan(A!);
  });

  it('forgets as weights wander, and expects nothing of no cue', () => {
    const trials = [trial('1', 1), ...repeat(4, trial('0', 5)), trial('1', 0)];
    for (const law of ['sum', 'configural'] as const) {
      const got = idealExpectations(trials, { law, noise: 0, keep: 0.9 });
      expect(got).toBeAllClose([0, 0, 0, 0, 0, 0.9 ** 5], { rtol: 1e-9, atol: 1e-12 });
    }
  });

  it('is certain after one trial of each cue without noise', () => {
    const trials = [trial('10', 0.4), trial('11', 1), trial('01', 0.6), trial('11', 1), trial('10', 0.4)];
    expect(idealExpectations(trials, exact)).toBeAllClose([0, 0.4, 0.6, 1, 0.4], { rtol: 1e-9, atol: 1e-12 });
  });
});

describe('the task', () => {
  it('lays a trial out as the cues, then the cues with the US', () => {
    expect([...conditioningInputs([trial('101', 0.5)])]).toEqual([1, 0, 1, 0, 0, 1, 0, 1, 0.5, 1]);
  });

  it.each(['sum', 'configural'] as const)(
    '%s: the US is what its ideal learner expects, in the mean',
    (law) => {
      const settings = { cues: 3, trials: 24, law, noise: 0.3, keep: 0.95 };
      const source = openTask(tasks.conditioning!, settings, 2);
      const sums = { ideal: 0, zero: 0, other: 0, bias: 0, n: 0 };
      for (let i = 0; i < 400; i++) {
        const { inputs, targets, positions } = source.sample('train', i);
        const others = source.baselines!['ideal learner of the other law']!({ inputs, positions });
        for (const [s, target] of targets.entries()) {
          const us = inputs[(2 * s + 1) * 5 + 3]!;
          sums.ideal += (us - target) ** 2;
          sums.bias += us - target;
          sums.other += (us - others[s]![0]!) ** 2;
          sums.zero += us ** 2;
          sums.n++;
        }
      }
      // The errors of an ideal learner are uncorrelated, so their mean is that of n independent numbers.
      expect(Math.abs(sums.bias / sums.n)).toBeLessThan(
        (4 * Math.sqrt(sums.ideal / sums.n)) / Math.sqrt(sums.n),
      );
      expect(sums.ideal).toBeLessThan(0.95 * sums.other);
      expect(sums.ideal).toBeLessThan(0.6 * sums.zero);
    },
  );

  it('tells its law', () => {
    const source = openTask(tasks.conditioning!, { law: 'configural', noise: 1, keep: 1 }, 1);
    expect(conditioningLaw(source.settings)).toEqual({ law: 'configural', noise: 1, keep: 1 });
  });
});
