import { describe, expect, it } from 'vitest';
import { analyse, defaultMargin } from '../../../eval/compare/analyse.js';
import type { PairVerdict } from '../../../eval/compare/comparison.js';
import type { ResultRow } from '../../../eval/compare/contract.js';
import { ConfigError } from '../../../src/core/errors.js';
import { seeds } from './rows.js';

const A = { rule: 'a', gate: 'none' };
const B = { rule: 'b', gate: 'none' };
const C = { rule: 'c', gate: 'none' };

/** Two variants whose differences are these, in hundredths. */
function apart(hundredths: readonly number[], given: Partial<ResultRow> = {}): ResultRow[] {
  const base = hundredths.map((_, i) => 0.5 + (i % 5) / 20);
  return [
    ...seeds(
      A,
      base.map((x, i) => x + (hundredths[i] ?? 0) / 100),
      given,
    ),
    ...seeds(B, base, given),
  ];
}

function only(rows: readonly ResultRow[], options = {}): PairVerdict {
  return analyse(rows, options).tasks[0]!.pairs[0]!;
}

const SMALL = [0.1, -0.2, 0.3, 0, -0.1, 0.2, -0.3, 0.1];

describe('a pair with a fixed number of seeds', () => {
  it('is equivalent when the test refutes both ends of the margin', () => {
    const pair = only(apart(SMALL));
    expect([pair.outcome, pair.margin, pair.test]).toEqual(['equivalent', 0.01, 'permutation']);
    // All differences lie inside: both ends have the smallest p of 8 seeds.
    expect(pair.pEquivalent).toBe(2 ** -7);
    expect(pair.text).toMatch(/^a and b are equivalent within 0\.01 accuracy \(0\.000125 accuracy \[/);
  });

  it('alone, is equivalent just where its interval lies inside the margin', () => {
    const pair = only(apart(SMALL.slice(0, 5)), { test: 't' });
    const reach = Math.max(Math.abs(pair.low!), Math.abs(pair.high!));
    for (const [margin, outcome] of [
      [reach * 1.001, 'equivalent'],
      [reach * 0.999, 'undecided'],
    ] as const)
      expect(only(apart(SMALL.slice(0, 5)), { test: 't', margin }).outcome).toBe(outcome);
  });

  it('that differs is not also equivalent', () => {
    const pair = only(apart([0.3, 0.31, 0.32, 0.3, 0.29, 0.3, 0.3, 0.31]));
    expect([pair.outcome, pair.pEquivalent! < 0.05]).toEqual(['better', true]);
  });

  it('is never equivalent with a margin of 0, or in a unit that has none', () => {
    const zero = only(apart(SMALL), { margin: 0 });
    expect([zero.outcome, zero.margin, zero.pEquivalent]).toEqual(['undecided', 0, null]);
    expect(zero.text).toMatch(/^a and b: not decided/);
    expect(only(apart(SMALL, { unit: 'points' })).outcome).toBe('undecided');
    expect(defaultMargin({ metric: 'score', unit: 'points' })).toBe(0);
    const { methods } = analyse(apart(SMALL), { margin: 0 });
    expect(methods).toContain('No margin is set, so no pair can be found equivalent.');
  });

  it.each([-1, NaN, Infinity])('refuses a margin of %s', (margin) => {
    expect(() => analyse(apart(SMALL), { margin })).toThrow(ConfigError);
  });
});

describe('pairs that were looked at after every seed', () => {
  const sequential = { sequential: true };

  it('are decided by the anytime-valid test, with its interval', () => {
    const pair = only(apart([30, 31, 29, 30, 32, 28, 30, 31]), sequential);
    expect([pair.outcome, pair.test, pair.intervalMethod, pair.pT]).toEqual([
      'better',
      'anytime',
      'anytime',
      null,
    ]);
    expect(pair.decidedAfter).toBeLessThanOrEqual(7);
    expect(pair.text).toMatch(
      /^a is better than b by 0\.301 accuracy \[.*\], p \(corrected\) = 0\.\d+ \(anytime-valid test, 8 seeds, decided after \d\)$/,
    );
    expect(pair.low!).toBeGreaterThan(0);
  });

  it('stay open where nothing is shown, and say so', () => {
    const pair = only(apart([3, -2, 1, -4, 2]), sequential);
    expect(pair.text).toMatch(
      /^a and b: not decided \(0 accuracy, p \(corrected\) = .*; anytime-valid test, 5 seeds\)$/,
    );
  });

  it('are equivalent inside the margin', () => {
    const many = Array.from({ length: 24 }, (_, i) => SMALL[i % 8]! + (i % 3) / 20);
    expect(only(apart(many), sequential)).toMatchObject({ outcome: 'equivalent', test: 'anytime' });
  });

  it('turn round where less is better', () => {
    const rows = apart([30, 31, 29, 30, 32, 28, 30, 31], { best: 'low', unit: 'bits/byte' });
    expect(only(rows, sequential).outcome).toBe('worse');
  });

  it('have variants of different numbers of seeds, and one that never finished', () => {
    const rows = [...apart([30, 31, 29, 30, 32, 28, 30, 31]), ...seeds(C, [null, null, null])];
    const comparison = analyse(rows, sequential);
    expect(comparison.tasks[0]!.pairs.map(({ outcome }) => outcome)).toEqual([
      'better',
      'untested',
      'untested',
    ]);
    expect(comparison.methods.join(' ')).toContain('anytime-valid test');
  });
});
