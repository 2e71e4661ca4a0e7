import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import {
  effectiveRank,
  frobeniusNorm,
  keyInterference,
  singularValues,
} from '../../src/core/linearAlgebra.js';
import '../support/close.js';

const TIGHT = { rtol: 1e-9, atol: 1e-9 };

/** sum_r s_r a_r b_rᵀ over the given directions, `[V,K]` row-major. */
function memoryOf(V: number, K: number, terms: readonly { s: number; a: number[]; b: number[] }[]): number[] {
  return Array.from({ length: V * K }, (_, n) =>
    terms.reduce((sum, { s, a, b }) => sum + s * a[Math.floor(n / K)]! * b[n % K]!, 0),
  );
}

const axis = (size: number, at: number): number[] => Array.from({ length: size }, (_, i) => Number(i === at));

describe('singularValues', () => {
  it.each([
    { V: 5, K: 3 },
    { V: 3, K: 5 },
    { V: 4, K: 4 },
  ])('finds those a memory $V x $K was made of', ({ V, K }) => {
    const h = Math.SQRT1_2;
    const turned = [
      { s: 3, a: axis(V, 0).map((x, i) => h * (x + Number(i === 1))), b: axis(K, 2) },
      { s: 0.5, a: axis(V, 0).map((x, i) => h * (x - Number(i === 1))), b: axis(K, 0) },
    ];
    const wanted = [3, 0.5, ...Array<number>(Math.min(V, K) - 2).fill(0)];
    expect(singularValues(memoryOf(V, K, turned), V, K)).toBeAllClose(wanted, TIGHT);
  });

  it('keeps the norm of a random matrix and the product of a square one', () => {
    const matrix = Rng.fromSeed(4).normals(32 * 32, 1);
    const found = singularValues(matrix, 32, 32);
    expect(frobeniusNorm(found)).toBeCloseTo(frobeniusNorm(matrix), 6);
    expect([...found]).toEqual([...found].sort((a, b) => b - a));
    const [a, b, c, d] = [1, 2, 3, 4];
    const [s = 0, t = 0] = singularValues([a, b, c, d], 2, 2);
    expect(s * t).toBeCloseTo(Math.abs(a * d - b * c), 12);
  });

  it.each([NaN, Infinity])('is NaN where an entry is %d', (bad) => {
    expect([...singularValues([1, 2, bad, 4], 2, 2)]).toEqual([NaN, NaN]);
    expect(effectiveRank(singularValues([1, 2, bad, 4], 2, 2))).toBeNaN();
  });
});

describe('effectiveRank', () => {
  it.each([
    { values: [0, 0], rank: 0 },
    { values: [7, 0, 0], rank: 1 },
    { values: [2, 2, 2, 0], rank: 3 },
    { values: [0.75, 0.25], rank: Math.exp(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25)) },
  ])('of $values is $rank', ({ values, rank }) => {
    expect(effectiveRank(values)).toBeCloseTo(rank, 12);
  });

  it('is 1 of one association and the number of orthogonal ones of equal strength', () => {
    const one = memoryOf(4, 6, [{ s: 2, a: [1, -2, 0.5, 3], b: [1, 2, 3, 4, 5, 6] }]);
    expect(effectiveRank(singularValues(one, 4, 6))).toBeCloseTo(1, 6);
    const three = [0, 1, 2].map((i) => ({ s: 0.3, a: axis(4, i), b: axis(6, 5 - i) }));
    expect(effectiveRank(singularValues(memoryOf(4, 6, three), 4, 6))).toBeCloseTo(3, 12);
  });
});

describe('keyInterference', () => {
  it('is 0 of orthogonal keys, however long and often they come', () => {
    expect(keyInterference([1, 0, 0, 0, 5, 0, 2, 0, 0, 0, 0, 0.1], 3)).toBe(0);
  });

  it('is the mean size of the cosine, of opposite keys too', () => {
    const h = Math.SQRT1_2;
    expect(keyInterference([1, 0, h, h, -1, 0], 2)).toBeCloseTo((h + 1 + h) / 3, 12);
  });

  it('leaves out keys of zero and a key met again', () => {
    expect(keyInterference([1, 0, 0, 0, 3, 0, 1, 1], 2)).toBeCloseTo(Math.SQRT1_2, 12);
    expect(keyInterference([1, 2, 2, 4], 2)).toBe(0);
    expect(keyInterference([], 2)).toBe(0);
  });

  it('is about sqrt(2 / (pi K)) of random keys', () => {
    const K = 64;
    const found = keyInterference(Rng.fromSeed(2).normals(200 * K, 1), K);
    expect(found / Math.sqrt(2 / (Math.PI * K))).toBeCloseTo(1, 1);
  });
});
