import { describe, expect, it } from 'vitest';
import { analyse } from '../../../eval/compare/analyse.js';
import { Rng } from '../../../src/core/rng.js';
import { drawGrid, NOISES, type Grid } from './nullGrids.js';

const rng = Rng.fromSeed(23);
const GRIDS = 2000;

function outcomes(grid: Grid, label: string): string[][] {
  return Array.from({ length: GRIDS }, (_, i) => {
    const { tasks } = analyse(drawGrid(grid, rng.derive(label, i)));
    return tasks.flatMap(({ pairs }) => pairs.map(({ outcome }) => outcome));
  });
}

const shapes = Object.entries(NOISES);

describe.each([3, 5, 8, 12])(
  'over grids of two tasks, four variants and %s seeds without differences',
  (seeds) => {
    it.each(shapes)('%s noise: no more than one in twenty has a false verdict', (shape, noise) => {
      const found = outcomes({ tasks: 2, variants: 4, seeds, noise }, `${shape} ${seeds}`);
      const wrong = found.filter((grid) =>
        grid.some((outcome) => outcome === 'better' || outcome === 'worse'),
      );
      expect(wrong.length / GRIDS).toBeLessThanOrEqual(0.05 + 2.33 * Math.sqrt((0.05 * 0.95) / GRIDS));
    });
  },
);
