import { describe, expect, it } from 'vitest';
import { decideSequentially } from '../../../eval/compare/sequential.js';
import { Rng } from '../../../src/core/rng.js';
import {
  cellsUsed,
  drawLooks,
  isFalseDifference,
  isFalseEquivalence,
  SHAPES,
  SPREAD_OUT,
  UNIT_NOISE,
} from '../stats/sequentialGrids.js';

const rng = Rng.fromSeed(31);
const share = (found: readonly boolean[]): number => found.filter(Boolean).length / found.length;
const times = <T>(count: number, draw: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => draw(i));

describe('over grids without differences, looked at after every seed', () => {
  it.each(Object.entries(SHAPES))('%s noise: at most one in twenty has a false verdict', (name, noise) => {
    const grid = { truth: [0, 0, 0, 0, 0], seeds: 25, noise };
    const wrong = times(150, (i) => drawLooks(grid, rng.derive(name, i)).some(isFalseDifference));
    expect(share(wrong)).toBeLessThanOrEqual(0.05);
  });

  it.each(Object.entries(SHAPES))('%s noise: nor one that calls the margin equivalent', (name, noise) => {
    const grid = { truth: [0, 0, 2, 2], seeds: 30, noise, margin: 2 };
    const found = times(150, (i) => drawLooks(grid, rng.derive('margin', name, i)));
    const wrong = found.map((pairs) => pairs.some((pair) => isFalseEquivalence(pair, 2)));
    expect(share(wrong)).toBeLessThanOrEqual(0.05);
    expect(
      share(found.map((pairs) => pairs.some(({ outcome }) => outcome === 'equivalent'))),
    ).toBeGreaterThan(0.3);
  });
});

describe('over grids of eight variants 0 to 6 standard deviations apart', () => {
  const grid = { truth: SPREAD_OUT, seeds: 40, noise: UNIT_NOISE, margin: 0.5 };
  const found = times(60, (i) => drawLooks(grid, rng.derive('spread', i)));

  it('no verdict is wrong in 95 % of them', () => {
    const wrong = found.map((pairs) =>
      pairs.some((pair) => isFalseDifference(pair) || isFalseEquivalence(pair, 0.5)),
    );
    expect(share(wrong)).toBeLessThanOrEqual(0.05);
  });

  it('25 of 28 pairs are decided, with a quarter of the cells saved', () => {
    const decided = found.map((pairs) => pairs.filter(({ outcome }) => outcome !== 'undecided').length);
    expect(decided.reduce((a, b) => a + b, 0) / decided.length).toBeGreaterThanOrEqual(25);
    const cells = found.map((pairs) => cellsUsed(pairs, 40));
    expect(cells.reduce((a, b) => a + b, 0) / cells.length).toBeLessThan(0.8 * 8 * 40);
  });
});

describe('decideSequentially', () => {
  const draw = (size: number, seeds: number, label: string) => {
    const own = rng.derive(label);
    const order = times(seeds, (i) => i + 1);
    return { seeds: order, differences: order.map(() => size + own.normal()), margin: 0.5 };
  };
  const pairs = [draw(0, 40, 'a'), draw(1.5, 40, 'b'), draw(-3, 40, 'c'), draw(0.6, 40, 'd')];

  it('keeps what it decided, whatever comes after', () => {
    const before = (count: number) =>
      decideSequentially(
        pairs.map(({ seeds, differences, margin }) => ({
          seeds: seeds.slice(0, count),
          differences: differences.slice(0, count),
          margin,
        })),
        0.05,
      );
    const last = before(40);
    expect(last.slice(1, 3).map(({ outcome }) => outcome)).toEqual(['above', 'below']);
    for (const [i, { outcome, decidedAfter }] of last.entries()) {
      if (decidedAfter === null) continue;
      expect(before(decidedAfter)[i]).toMatchObject({ outcome, decidedAfter });
      expect(before(decidedAfter - 1)[i]?.outcome).toBe('undecided');
    }
  });

  it('matches pairs by seed where some seeds are missing', () => {
    const [, pair] = pairs;
    const sparse = {
      seeds: pair!.seeds.filter((seed) => seed % 2 === 0),
      differences: pair!.differences.filter((_, i) => i % 2 === 1),
      margin: 0,
    };
    const [found] = decideSequentially([sparse, { seeds: [1, 3], differences: [1, 1], margin: 0 }], 0.05);
    expect(found).toMatchObject({ outcome: 'above', pEquivalent: null });
    expect(found?.decidedAfter).toBeLessThanOrEqual(20);
  });

  it('decides nothing without differences', () => {
    expect(decideSequentially([{ seeds: [], differences: [], margin: 1 }], 0.05)).toEqual([
      { outcome: 'undecided', decidedAfter: null, p: 1, pCorrected: 1, pEquivalent: 1 },
    ]);
  });
});
