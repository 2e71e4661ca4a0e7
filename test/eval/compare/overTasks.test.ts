import { describe, expect, it } from 'vitest';
import { analyse } from '../../../eval/compare/analyse.js';
import type { ResultRow } from '../../../eval/compare/contract.js';
import { reportHtml } from '../../../report/compare/html.js';
import { reportMarkdown } from '../../../report/compare/markdown.js';
import { seeds } from './rows.js';

const meta = { command: 'pavlov compare', date: 'today', versions: {}, machine: {} };
const rows = (
  task: string,
  rule: string,
  tests: readonly (number | null)[],
  given: Partial<ResultRow> = {},
) => seeds({ rule, gate: 'none' }, tests, { task, ...given });

const shares = [
  ...rows('copy', 'a', [0.9, 0.8, 0.85]),
  ...rows('copy', 'b', [0.4, 0.5, 0.45]),
  ...rows('copy', 'lost', [0.1, 0.2, 0.3]),
  ...rows('recall', 'a', [0.6, 0.7, 0.65]),
  ...rows('recall', 'b', [0.7, 0.75, 0.8]),
  ...rows('recall', 'lost', [null, null, null]),
];

describe('a comparison over several tasks', () => {
  it('gives ranks, the interquartile mean and the probability of improvement of variants with results on all', () => {
    const { overTasks } = analyse(shares);
    expect(overTasks).toMatchObject({ tasks: ['copy', 'recall'], leftOut: ['lost'] });
    expect(overTasks?.variants.map(({ label, meanRank, ranks }) => [label, meanRank.value, ranks])).toEqual([
      ['a', 1.5, [1, 2]],
      ['b', 1.5, [2, 1]],
    ]);
    // The middle four of six: .65, .7, .8, .85 of a.
    expect(overTasks?.variants[0]?.interquartileMean?.value).toBeCloseTo(0.75, 12);
    // All of copy, and half of the one pair of recall that is equal: (1 + .5/9) / 2.
    expect(overTasks?.improvement.map(({ a, b }) => [a, b])).toEqual([['a', 'b']]);
    expect(overTasks?.improvement[0]?.value).toBeCloseTo((1 + 0.5 / 9) / 2, 12);
    expect(overTasks?.variants[0]?.profile.at(0)).toEqual({ score: 0, share: 1 });
  });

  it('has no mean where tasks do not share a scale, and turns round where less is better', () => {
    const low = { unit: 'bits/byte', metric: 'bits-per-byte', best: 'low' } as const;
    const mixed = [
      ...shares.slice(0, 6),
      ...rows('text', 'a', [1.2, 1.3], low),
      ...rows('text', 'b', [1.5, 1.4], low),
    ];
    const { overTasks } = analyse(mixed);
    expect(overTasks?.variants.map(({ ranks, interquartileMean }) => [ranks, interquartileMean])).toEqual([
      [[1, 1], null],
      [[2, 2], null],
    ]);
    expect(overTasks?.improvement[0]?.value).toBe(1);
  });

  it('is told in both reports, and only where there are several tasks', () => {
    const comparison = analyse(shares);
    const [html, markdown] = [reportHtml(comparison, meta), reportMarkdown(comparison, meta)];
    for (const text of [html, markdown]) {
      expect(text).toContain('probability of improvement');
      expect(text).toContain('interquartile mean');
      expect(text).toContain('left out here: lost.');
    }
    expect(html).toContain('All tasks: performance profile');
    expect(analyse(shares.slice(0, 9)).overTasks).toBeNull();
    expect(reportMarkdown(analyse(shares.slice(0, 9)), meta)).not.toContain('All tasks');
  });
});
