import { describe, expect, it } from 'vitest';
import { analyse } from '../../../eval/compare/analyse.js';
import type { PairVerdict, TaskComparison } from '../../../eval/compare/comparison.js';
import type { ResultRow } from '../../../eval/compare/contract.js';
import { seeds } from './rows.js';

const A = { rule: 'a', gate: 'none' };
const B = { rule: 'b', gate: 'none' };

function only(rows: readonly ResultRow[], options = {}): { task: TaskComparison; pair: PairVerdict } {
  const [task] = analyse(rows, options).tasks;
  return { task: task!, pair: task!.pairs[0]! };
}

describe('the intervals of a share', () => {
  it('end where no share can be, and its differences where none can be', () => {
    const { pair, task } = only([...seeds(A, [0.95, 0.99, 1]), ...seeds(B, [0.9, 0.01, 0.02])]);
    expect(task.variants.map(({ test }) => [test?.low, test?.high])).toEqual([
      [expect.any(Number), 1],
      [0, 1],
    ]);
    expect([pair.low, pair.high]).toEqual([expect.any(Number), 1]);
    const points = { unit: 'points' } as const;
    const other = only([...seeds(A, [0.95, 0.99, 1], points), ...seeds(B, [0.9, 0.01, 0.02], points)]);
    expect(other.pair.high).toBeGreaterThan(1);
  });
});

describe('a verdict', () => {
  it('names the better one, by how much and by which test', () => {
    const { pair } = only([...seeds(A, [0.91, 0.9, 0.92]), ...seeds(B, [0.5, 0.48, 0.53])]);
    expect(pair.outcome).toBe('better');
    expect(pair.difference).toBeCloseTo(0.4066667, 6);
    expect(pair.text).toBe(
      'a is better than b by 0.407 accuracy [0.369, 0.445], p (Holm) = 0.00047 (paired t test, 3 seeds)',
    );
  });

  it('turns round where less is better, and speaks in the unit', () => {
    const given = { best: 'low', unit: 'bits per byte', metric: 'bitsPerByte' } as const;
    const { pair, task } = only([
      ...seeds(A, [0.91, 0.9, 0.92], given),
      ...seeds(B, [0.5, 0.48, 0.53], given),
    ]);
    expect(pair.outcome).toBe('worse');
    expect(pair.text).toMatch(/^b is better than a by 0\.407 bits per byte \[0\.369, 0\.445\]/);
    expect(task.variants.map(({ wins, losses }) => [wins, losses])).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it.each([NaN, Infinity, -Infinity])('is never made of %d: that run diverged', (value) => {
    const rows = [...seeds(A, [0.5, value, 0.5]), ...seeds(B, [0.6, 0.6, 0.6])];
    const { pair, task } = only(rows);
    expect([pair.seeds.length, pair.pHolm === null || Number.isFinite(pair.pHolm)]).toEqual([2, true]);
    expect(task.failures).toEqual([
      expect.objectContaining({ status: 'diverged', reason: `the test gave ${value}, no finite number` }),
    ]);
    expect(JSON.stringify(pair)).not.toMatch(/NaN|Infinity|infinite/);
  });

  it.each([
    [
      [1e308, 1e308, -1e308],
      [-1e308, -1e308, 1e308],
    ],
    [
      [1e308, 0.9e308, 1.1e308],
      [0, 1, 2],
    ],
    [
      [1e200, 2e200, 3e200],
      [0, 0, 0],
    ],
  ])('is never made of %j against %j, which overflow', (a, b) => {
    const { pair } = only([...seeds(A, a), ...seeds(B, b)]);
    expect(['untested', 'undecided']).toContain(pair.outcome);
    expect(pair.text).toBe('a and b are not compared: their differences are too large to reckon with');
    expect([pair.p, pair.pHolm, pair.difference]).toEqual([null, null, null]);
  });

  it('says what could have been seen where it finds nothing', () => {
    const { pair } = only([...seeds(A, [0.91, 0.9, 0.92]), ...seeds(B, [0.9, 0.92, 0.91])]);
    expect(pair.outcome).toBe('undecided');
    expect(pair.text).toMatch(/^a and b: not decided \(0 accuracy \[-0\.043, 0\.043\], p \(Holm\) = 1\.0;/);
    expect(pair.text).toContain(
      'paired t test, 3 seeds); only differences above 0.0565 accuracy would have been seen 80 % of the time',
    );
    expect(pair.detectable).toBeCloseTo(3.264 * 0.01732, 3);
  });

  it('asked for a permutation test of three seeds, says that it cannot decide', () => {
    const rows = [...seeds(A, [0.91, 0.9, 0.92]), ...seeds(B, [0.5, 0.48, 0.53])];
    const { pair } = only(rows, { test: 'permutation' });
    expect([pair.outcome, pair.p, pair.smallestP, pair.seedsForPermutation]).toEqual([
      'undecided',
      0.25,
      0.25,
      6,
    ]);
    expect(pair.text).toContain(
      'with 3 seeds a permutation test cannot go below p = 0.25, and could decide from 6 seeds); no difference, however large, would have been seen; at least 6 seeds are needed',
    );
  });

  it('is made by permutation where the seeds allow', () => {
    const a = [0.9, 0.91, 0.92, 0.9, 0.93, 0.91];
    const { pair } = only([
      ...seeds(A, a),
      ...seeds(
        B,
        a.map((x, i) => x - 0.1 - i / 100),
      ),
    ]);
    expect([pair.test, pair.p, pair.outcome]).toEqual(['permutation', 1 / 32, 'better']);
    expect(pair.text).toContain('(paired permutation test, 6 seeds)');
  });

  it('does not take equal differences for certainty', () => {
    const { pair } = only([...seeds(A, [0.9, 0.8, 0.7]), ...seeds(B, [0.8, 0.7, 0.6])]);
    expect([pair.outcome, pair.test, pair.p, pair.low]).toEqual(['undecided', 'permutation', 0.25, null]);
    expect(pair.text).toContain('all differences are equal, of which the t test says nothing');
  });

  it('says so when both are equal in every seed', () => {
    const { pair } = only([...seeds(A, [1, 1, 1]), ...seeds(B, [1, 1, 1])]);
    expect(pair.text).toBe(
      'no difference at all between a and b: equal in all 3 seeds, too few to call them equivalent',
    );
  });

  it('uses only seeds that both finished', () => {
    const { pair } = only([...seeds(A, [0.9, null, 0.8, 0.7]), ...seeds(B, [0.5, 0.6, null, 0.4])]);
    expect(pair.seeds).toEqual([0, 3]);
    expect(pair.difference).toBeCloseTo(0.35, 12);
  });

  it('is not given for one seed', () => {
    const { pair } = only([...seeds(A, [0.9, null]), ...seeds(B, [0.5, 0.6])]);
    expect(pair.outcome).toBe('untested');
    expect(pair.text).toBe(
      'a and b are not compared: 1 seed finished in both, 0.4 accuracy apart in it; at least 2 are needed',
    );
  });

  it('is corrected over all pairs of all tasks, or of each', () => {
    const rows = ['mqar', 'parity'].flatMap((task) => [
      ...seeds(A, [0.91, 0.9, 0.92], { task }),
      ...seeds(B, [0.85, 0.87, 0.85], { task }),
    ]);
    const p = (family: 'all' | 'task'): [number, number] => {
      const comparison = analyse(rows, { family });
      return [comparison.family, comparison.tasks[0]!.pairs[0]!.pHolm! / comparison.tasks[0]!.pairs[0]!.p!];
    };
    expect(p('all')).toEqual([2, 2]);
    expect(p('task')).toEqual([1, 1]);
  });
});

describe('a task', () => {
  it('gives means with intervals, curves and slices over seeds', () => {
    const { task } = only([...seeds(A, [0.8, 0.9, 1]), ...seeds(B, [null, null, null])]);
    const [a, b] = task.variants;
    expect(a!.test).toMatchObject({ seeds: 3 });
    expect(a!.test!.mean).toBeCloseTo(0.9, 12);
    expect(0.9 - a!.test!.low!).toBeCloseTo((4.302653 * 0.1) / Math.sqrt(3), 5);
    expect(a!.curve.map(({ tokens, mean }) => [tokens, mean])).toEqual([
      [640, 0.25],
      [1280, 0.5],
    ]);
    expect(a!.slices).toEqual([{ slice: 'pairs', key: 4, mean: 0.75, low: null, high: null, seeds: 3 }]);
    expect(a!.metrics.lossNats!.mean).toBe(1.25);
    expect([b!.test, b!.cost]).toEqual([null, null]);
  });

  it('lists what failed and why, and goes on', () => {
    const { task } = only([...seeds(A, [0.8, null]), ...seeds(B, [0.7, 0.7])]);
    expect(task.failures).toEqual([
      {
        cell: `${JSON.stringify(A)} 1`,
        label: 'a',
        seed: 1,
        status: 'diverged',
        reason: 'the loss became NaN',
      },
    ]);
    expect(task.findings.at(-1)).toBe('1 cell gave no result; their seeds are left out of means and pairs.');
  });

  it('says when variants differ in size or state', () => {
    const cost = { parameters: 1000, stateBytes: 4096, flopsPerToken: 10 };
    const rows = [
      ...seeds(A, [1, 0], { cost }),
      ...seeds(B, [1, 0], { cost: { ...cost, stateBytes: 8192 } }),
    ];
    expect(only(rows).task.checks).toEqual([
      { what: 'parameters', equal: true, text: 'All variants have the same number of parameters (1000).' },
      {
        what: 'stateBytes',
        equal: false,
        text: 'Variants differ in bytes of state: from 4096 (a) to 8192 (b), 2 times as many. Differences in quality may be due to that.',
      },
    ]);
  });

  it('takes times where they were measured', () => {
    const rows = [...seeds(A, [1, 0]), ...seeds(B, [1, 0])];
    const timings = [0, 1].map((seed) => ({ cell: rows[seed]!.cell, trainTokensPerSecond: 100 + 20 * seed }));
    const { task } = only(rows, { timings });
    expect(task.variants.map(({ cost }) => cost!.trainTokensPerSecond)).toEqual([110, null]);
  });

  it('says how the best stands', () => {
    const rows = [
      ...seeds(A, [0.91, 0.9, 0.92]),
      ...seeds(B, [0.5, 0.48, 0.53]),
      ...seeds({ rule: 'c', gate: 'none' }, [0.9, 0.91, 0.9]),
    ];
    expect(only(rows).task.findings).toEqual([
      'The best mean is that of a: 0.91 accuracy [0.885, 0.935] over 3 seeds. It is better than b, not decided against c.',
      'Of 3 pairs, 2 differ significantly; 0 are equivalent within 0.01 accuracy; 1 is not decided.',
    ]);
  });

  it('says that pairs of one seed are not compared', () => {
    const rows = [A, B, { rule: 'c', gate: 'none' }].flatMap((variant, i) => seeds(variant, [0.9 - i / 10]));
    const { findings } = only(rows).task;
    expect(findings[0]).toMatch(/over 1 seed\. It is not compared with any other\.$/);
    expect(findings[1]).toBe(
      'Of 3 pairs, 0 differ significantly; 0 are equivalent within 0.01 accuracy; 0 are not decided; 3 had too few seeds to compare.',
    );
  });
});

describe('labels', () => {
  it('are short where that is clear', () => {
    const rows = [A, B, { rule: 'a', gate: 'scalar' }].flatMap((variant) => seeds(variant, [1, 2]));
    expect(only(rows).task.variants.map(({ label }) => label)).toEqual(['a, none', 'b, none', 'a, scalar']);
    const widths = [64, 128].flatMap((width) => seeds({ rule: 'a', 'model.width': width }, [1, 2]));
    expect(only(widths).task.variants.map(({ label }) => label)).toEqual(['width 64', 'width 128']);
  });

  it('are whole where short ones would be the same', () => {
    const rows = [
      { x: 'p', y: 'q' },
      { y: 'p', x: 'q' },
    ].flatMap((variant) => seeds(variant, [1, 2]));
    expect(new Set(only(rows).task.variants.map(({ label }) => label)).size).toBe(2);
    const same = [
      { 'a.k': 1, 'b.k': 2 },
      { 'a.k': 2, 'b.k': 1 },
      { 'b.k': 1, 'a.k': 1 },
      { 'b.k': 2, 'a.k': 2 },
    ];
    const labels = only(same.flatMap((variant) => seeds(variant, [1, 2]))).task.variants.map(
      ({ label }) => label,
    );
    expect(new Set(labels).size).toBe(4);
  });

  it('keep what is common apart', () => {
    expect(analyse([...seeds(A, [1, 2]), ...seeds(B, [1, 2])]).constants).toEqual({ gate: 'none' });
  });
});

describe('rows that contradict each other', () => {
  it.each([
    [
      'a seed twice',
      [...seeds(A, [1]), ...seeds(A, [1])],
      'results of mqar, a, none: expected one row a seed, got several of seed 0',
    ],
    [
      'two metrics',
      [...seeds(A, [1]), ...seeds(B, [1], { metric: 'loss' })],
      "results of mqar: expected one metric, got 'accuracy' and 'loss'",
    ],
    [
      'two costs',
      [
        ...seeds(A, [1]),
        ...seeds(A, [1], { seed: 1, cost: { parameters: 1, stateBytes: 4096, flopsPerToken: 2000 } }),
      ],
      'expected one parameters for all seeds, got 1000 and 1 (seed 1)',
    ],
    ['none', [], 'results: expected at least one row, got none'],
  ])('are refused: %s', (_, rows, message) => {
    expect(() => analyse(rows)).toThrow(message);
  });

  it('refuses a level that is none', () => {
    expect(() => analyse(seeds(A, [1]), { level: 5 })).toThrow(
      'analyse.level: expected a number between 0 and 1, got 5',
    );
  });
});
