import { describe, expect, it } from 'vitest';
import { compare, FAMILY_LEVEL, judged, standing, type Compared } from '../../../eval/lab/agreement.js';
import { holm } from '../../../eval/stats/holm.js';
import { Rng } from '../../../src/core/rng.js';

/** A mean of squares of normal numbers about `centre`: skewed, as errors of retrieval are. */
function draws(rng: Rng, count: number, centre: number): number[] {
  return Array.from({ length: count }, () => {
    const squares = Array.from({ length: 16 }, () => rng.normal() ** 2);
    return (centre * squares.reduce((sum, x) => sum + x, 0)) / 16;
  });
}

/** The share of families of 40 comparisons, whose means are `off` times their closed form, with a verdict in any. */
function shareOfFamilies(off: number, verdict: 'pBeyond' | 'pWithin', families = 300): number {
  const rng = Rng.fromSeed(17).derive(verdict);
  const some = Array.from({ length: families }, () => {
    const standings = Array.from({ length: 40 }, () => standing(draws(rng, 16, off), 1)[verdict]);
    return holm(standings).some((p) => p <= FAMILY_LEVEL);
  });
  return some.filter(Boolean).length / families;
}

describe('agreement with a closed form', () => {
  it('contradicts no true theory in more than a twentieth of families of 40', () => {
    // Three errors of a share of 0.05 over 300 families.
    expect(shareOfFamilies(1, 'pBeyond')).toBeLessThan(0.05 + 0.038);
  });

  it('calls nothing shown at the edge of 5 % in more than a twentieth of families', () => {
    expect(shareOfFamilies(1.05, 'pWithin')).toBeLessThan(0.05 + 0.038);
  });

  it('would contradict one in three families if each comparison stood alone', () => {
    const rng = Rng.fromSeed(3);
    const alone = Array.from({ length: 100 }, () =>
      Array.from({ length: 40 }, () => standing(draws(rng, 16, 1.05), 1).pBeyond).some((p) => p <= 0.05),
    );
    expect(alone.filter(Boolean).length).toBeGreaterThan(33);
  });

  it('contradicts a theory that is off by a half, and shows one that is right with many draws', () => {
    const rng = Rng.fromSeed(5);
    const family = [
      compare(draws(rng, 64, 1.5), 1, rng),
      compare(draws(rng, 1000, 1), 1, rng),
      compare(draws(rng, 8, 1), 1, rng),
      compare(draws(rng, 8, 1), undefined, rng),
    ];
    const judge = judged(family);
    const verdicts = family.map(judge).map(({ agrees, shown }) => [agrees, shown]);
    expect(verdicts).toEqual([
      [false, false],
      [true, true],
      [true, false],
      [null, null],
    ]);
  });

  it('asks more of a comparison that is one of many', () => {
    const rng = Rng.fromSeed(7);
    const values = draws(rng, 16, 1.24);
    const alone = compare(values, 1, rng);
    const many = Array.from({ length: 60 }, (): Compared => compare(draws(rng, 16, 1), 1, rng));
    expect(alone.agrees).toBe(false);
    expect(judged([alone, ...many])(alone).agrees).toBe(true);
    expect(judged([alone, ...many])(alone).pBeyond).toBeGreaterThan(alone.pBeyond!);
  });

  it('takes equal draws at their word, and one draw for nothing', () => {
    const rng = Rng.fromSeed(1);
    expect(compare([0, 0, 0], 0, rng)).toMatchObject({ agrees: true, shown: true });
    expect(compare([0.2, 0.2], 0, rng)).toMatchObject({ agrees: false, shown: false });
    expect(compare([9], 1, rng)).toMatchObject({ agrees: true, shown: false, pBeyond: 1, pWithin: 1 });
  });
});
