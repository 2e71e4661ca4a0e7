import { describe, expect, it } from 'vitest';
import { compare, FAMILY_LEVEL, judged, standing, type Compared } from '../../../eval/lab/agreement.js';
import { holm } from '../../../eval/stats/holm.js';
import { Rng } from '../../../src/core/rng.js';

/** Means of eight squares of normal numbers about `centre`: skewed, as errors of retrieval are. */
function draws(rng: Rng, count: number, centre: number): number[] {
  return Array.from({ length: count }, () => {
    const squares = Array.from({ length: 8 }, () => rng.normal() ** 2);
    return (centre * squares.reduce((sum, x) => sum + x, 0)) / 8;
  });
}

/** The share of families of 40 comparisons of 32 draws, with means `off` times the form, with a verdict in any. */
function shareOfFamilies(off: number, verdict: 'pBeyond' | 'pWithin'): number {
  const rng = Rng.fromSeed(17).derive(verdict);
  const some = Array.from({ length: 100 }, () => {
    const standings = Array.from({ length: 40 }, () => standing(draws(rng, 32, off), 1)[verdict]);
    return holm(standings).some((p) => p <= FAMILY_LEVEL);
  });
  return some.filter(Boolean).length / some.length;
}

describe('agreement with a closed form', () => {
  it('contradicts a true theory in at most a twentieth of families of 40', () => {
    expect(shareOfFamilies(1, 'pBeyond')).toBeLessThanOrEqual(0.05);
  });

  it('calls what is at the edge of 5 % neither within nor beyond in much more than a twentieth', () => {
    // Three errors of a share of 0.05 over 100 families.
    for (const verdict of ['pWithin', 'pBeyond'] as const) {
      expect(shareOfFamilies(1.05, verdict)).toBeLessThan(0.05 + 0.065);
    }
  });

  it('would contradict most families at the edge if each comparison stood alone', () => {
    const rng = Rng.fromSeed(3);
    const alone = Array.from({ length: 30 }, () =>
      Array.from({ length: 40 }, () => standing(draws(rng, 32, 1.05), 1).pBeyond).some((p) => p <= 0.05),
    );
    expect(alone.filter(Boolean).length).toBeGreaterThan(15);
  });

  it('takes a few low draws of skewed errors for chance', () => {
    // The mirror image about the mean has the same mean and spread, and no rare large value that may be missing.
    const rare = [...Array.from({ length: 15 }, (_, i) => 0.5 + i / 100), 2.5];
    const plain = rare.map((x) => 2 * (rare.reduce((sum, y) => sum + y, 0) / rare.length) - x);
    expect(standing(rare, 1).pBeyond).toBeGreaterThan(2 * standing(plain, 1).pBeyond);
  });

  it('contradicts a theory that is off by a half, and shows one that is right with many draws', () => {
    const rng = Rng.fromSeed(5);
    const family = [
      compare(draws(rng, 64, 1.5), 1, rng),
      compare(draws(rng, 4000, 1), 1, rng),
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
    const values = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? 1 : 1.3));
    const alone = compare(values, 1, rng);
    const many = Array.from({ length: 60 }, (): Compared => compare([0.9, 1, 1.1], 1, rng));
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
