import { describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { drawLooks, isFalseDifference, isFalseEquivalence, SHAPES } from '../stats/sequentialGrids.js';

const rng = Rng.fromSeed(29);
const GRIDS = 2000;
/** 5 % and what chance adds to it once in a hundred. */
const MOST = 0.05 + 2.33 * Math.sqrt((0.05 * 0.95) / GRIDS);

describe.each(Object.entries(SHAPES))(
  'over grids of eight variants and 40 looks, %s noise',
  (name, noise) => {
    it('no more than one in twenty has a false difference', () => {
      const wrong = Array.from({ length: GRIDS }, (_, i) =>
        drawLooks({ truth: new Array<number>(8).fill(0), seeds: 40, noise }, rng.derive(name, i)).some(
          isFalseDifference,
        ),
      );
      expect(wrong.filter(Boolean).length / GRIDS).toBeLessThanOrEqual(MOST);
    });

    it('no more than one in twenty has a false equivalence at the margin', () => {
      const grid = { truth: [0, 0, 0, 0, 1.5, 1.5, 1.5, 1.5], seeds: 40, noise, margin: 1.5 };
      const wrong = Array.from({ length: GRIDS }, (_, i) =>
        drawLooks(grid, rng.derive('margin', name, i)).some((pair) => isFalseEquivalence(pair, 1.5)),
      );
      expect(wrong.filter(Boolean).length / GRIDS).toBeLessThanOrEqual(MOST);
    });
  },
);
