import { describe, expect, it } from 'vitest';
import { analyse } from '../../../eval/compare/analyse.js';
import type { ResultRow } from '../../../eval/compare/contract.js';
import { frontierTable } from '../../../report/compare/tables.js';
import { textTable } from '../../../report/table.js';
import { resultRow } from './rows.js';

/** Two rules at two key sizes and two numbers of pairs: score by rule, key size and pairs. */
const SCORES: Readonly<Record<string, Readonly<Record<number, Readonly<Record<number, number>>>>>> = {
  delta: { 8: { 4: 0.9, 16: 0.3 }, 16: { 4: 0.95, 16: 0.9 } },
  hebbian: { 8: { 4: 0.8, 16: 0.35 }, 16: { 4: 0.99, 16: 0.4 } },
};

const cost = (stateBytes: number): ResultRow['cost'] => ({
  parameters: 1000,
  stateBytes,
  flopsPerToken: 2000,
});

const rows = Object.entries(SCORES).flatMap(([rule, byKey]) =>
  Object.entries(byKey).flatMap(([keySize, byPairs]) =>
    Object.entries(byPairs).flatMap(([pairs, test]) =>
      [1, 2].map((seed): ResultRow => {
        const variant = { rule, 'model.keySize': Number(keySize), 'task.settings.pairs': Number(pairs) };
        return resultRow({ variant, seed, test, cost: cost(64 * Number(keySize)) });
      }),
    ),
  ),
);

describe('a frontier', () => {
  const [task] = analyse(rows, { frontier: 'state' }).tasks;
  const of = task!.frontiers!.of;

  it('is one for each setting of the task, with a curve for each rule by rising cost', () => {
    expect(of.map(({ name }) => name)).toEqual(['pairs 4', 'pairs 16']);
    const seen = of.map(({ curves }) =>
      curves.map(({ name, points }) => [name, ...points.map(({ cost, test }) => [cost, test.mean])]),
    );
    expect(seen[0]).toEqual([
      ['delta', [512, 0.9], [1024, 0.95]],
      ['hebbian', [512, 0.8], [1024, 0.99]],
    ]);
  });

  it('holds the variants that none beats at their cost or less', () => {
    const best = of.map((one) =>
      one.curves.flatMap(({ points }) =>
        points.filter((point) => point.isOnFrontier).map(({ label }) => label),
      ),
    );
    expect(best).toEqual([
      ['delta, keySize 8, pairs 4', 'hebbian, keySize 16, pairs 4'],
      ['delta, keySize 16, pairs 16', 'hebbian, keySize 8, pairs 16'],
    ]);
  });

  it('is a table, cheapest first', () => {
    const [, first, second, ...rest] = textTable(frontierTable(task!, of[0]!, false)).split('\n');
    expect(rest).toEqual([]);
    expect([first, second]).toEqual([
      expect.stringMatching(/^ +512 +delta, keySize 8, pairs 4 +0\.9/),
      expect.stringMatching(/^ +1,024 +hebbian, keySize 16, pairs 4 +0\.99/),
    ]);
  });

  it('is not there where none was asked for', () => {
    expect(analyse(rows).tasks[0]?.frontiers).toBe(null);
  });

  it('keeps the cheapest of variants with equal scores, and knows a metric of which less is better', () => {
    const tied = ([8, 16, 32] as const).map((keySize) =>
      resultRow({
        variant: { 'model.keySize': keySize },
        seed: 1,
        test: keySize === 32 ? 1 : 2,
        cost: cost(keySize),
        best: 'low',
      }),
    );
    const [only] = analyse(tied, { frontier: 'state' }).tasks[0]!.frontiers!.of;
    const marks = only!.curves.flatMap(({ points }) => points.map(({ isOnFrontier }) => isOnFrontier));
    expect(marks).toEqual([true, false, true]);
  });
});
