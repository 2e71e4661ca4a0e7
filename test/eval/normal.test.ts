import { describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile } from '../../eval/stats/normal.js';

describe('normal distribution', () => {
  // Reference values: tables of the error function to 12 digits (Abramowitz and Stegun 26.1).
  it.each([
    [0, 0.5],
    [1, 0.841344746068543],
    [-1.959963984540054, 0.025],
    [3, 0.99865010196837],
    [-5, 2.866515718791939e-7],
    [6, 0.999999999013412],
  ])('Phi(%f) = %f', (x, probability) => {
    expect(Math.abs(normalCdf(x) - probability)).toBeLessThan(1e-13);
  });

  it('is one function where the series meets the continued fraction', () => {
    expect(Math.abs(normalCdf(4 - 1e-9) - normalCdf(4 + 1e-9))).toBeLessThan(1e-12);
  });

  it('quantile undoes the distribution', () => {
    for (const p of [1e-6, 0.01, 0.2, 0.5, 0.77, 0.975, 1 - 1e-6]) {
      expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThan(1e-14 + 1e-9 * p);
    }
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
  });
});
