import { describe, expect, it } from 'vitest';
import { analyse } from '../../../eval/compare/analyse.js';
import { Rng } from '../../../src/core/rng.js';
import { ALL } from '../../support/share.js';
import { drawGrid, NOISES, type Grid } from './nullGrids.js';

const rng = Rng.fromSeed(11);

/** Share of grids with at least one verdict that two variants differ. */
function falseAlarms(grid: Grid, grids: number, label: string): number {
  const alarms = Array.from({ length: grids }, (_, i) =>
    analyse(drawGrid(grid, rng.derive(label, i))).tasks.some(({ pairs }) =>
      pairs.some(({ outcome }) => outcome === 'better' || outcome === 'worse'),
    ),
  );
  return alarms.filter(Boolean).length / grids;
}

describe('over grids without differences', () => {
  const grids = ALL ? 1000 : 400;
  /** 5 % and what chance adds to a share of so many, once in a hundred: the corrections leave no slack to hide in. */
  const most = 0.05 + 2.33 * Math.sqrt((0.05 * 0.95) / grids);

  it.each([
    [3, 'normal'],
    [12, 'skewed'],
  ] as const)('%s seeds, %s noise: no more than one in twenty has a false verdict', (seeds, shape) => {
    const grid = { tasks: 1, variants: 4, seeds, noise: NOISES[shape] };
    expect(falseAlarms(grid, grids, `${shape} ${seeds}`)).toBeLessThanOrEqual(most);
  });
});

describe('over grids with a difference', () => {
  // Differences of two cells with noise of 1 have a spread of sqrt 2.
  const size = 6;
  const grid = { tasks: 1, variants: 2, seeds: 4, noise: NOISES.normal, truth: (i: number) => size * i };
  const found = Array.from(
    { length: 500 },
    (_, i) => analyse(drawGrid(grid, rng.derive('true', i))).tasks[0]!.pairs[0]!,
  );

  it('the interval of the difference covers the truth 95 % of the time', () => {
    const covered = found.filter(({ low, high }) => low! <= -size && -size <= high!).length / found.length;
    expect(Math.abs(covered - 0.95)).toBeLessThan(3 * Math.sqrt((0.95 * 0.05) / found.length));
  });

  it('finds it as often as predicted and never the wrong way', () => {
    const seen = found.filter(({ outcome }) => outcome === 'worse').length / found.length;
    expect(Math.abs(seen - 0.977)).toBeLessThan(0.03); // non-central t, d = 6 / sqrt 2, 4 pairs
    expect(found.filter(({ outcome }) => outcome === 'better')).toEqual([]);
  });
});
