import { describe, expect, it } from 'vitest';
import { halfGammaRatio, studentCritical, studentTwoSided } from '../../../eval/stats/studentT.js';

/** P(|T| >= t) by the finite trigonometric sums of Abramowitz and Stegun 26.7.3 and 26.7.4. */
function byAngles(t: number, n: number): number {
  const angle = Math.atan(t / Math.sqrt(n));
  const odd = n % 2 === 1;
  let [sum, term] = [0, odd ? Math.cos(angle) : 1];
  for (let i = odd ? 2 : 1; i < n; i += 2) {
    sum += term;
    term *= (i / (i + 1)) * Math.cos(angle) ** 2;
  }
  return odd ? 1 - (2 / Math.PI) * (angle + Math.sin(angle) * sum) : 1 - Math.sin(angle) * sum;
}

describe('studentTwoSided', () => {
  it('agrees with the finite sums of whole degrees of freedom', () => {
    for (const freedom of [1, 2, 3, 4, 5, 9, 10, 29, 30]) {
      for (const t of [0.01, 0.3, 1, 2, 3.7, 8]) {
        expect(studentTwoSided(t, freedom)).toBeCloseTo(byAngles(t, freedom), 12);
      }
    }
  });

  it('keeps its digits in the far tail', () => {
    // With 2 degrees of freedom P = 1 - t / sqrt(2 + t^2) = 1/t^2 - 3/(2 t^4) + 5/(2 t^6) - ...
    const t = 1e5;
    const tail = t ** -2 - 1.5 * t ** -4 + 2.5 * t ** -6;
    expect(Math.abs(studentTwoSided(t, 2) / tail - 1)).toBeLessThan(1e-12);
    expect(studentTwoSided(-t, 2)).toBe(studentTwoSided(t, 2));
  });

  it('is 1 at 0 and 0 at infinity', () => {
    expect(studentTwoSided(0, 3)).toBe(1);
    expect(studentTwoSided(Infinity, 3)).toBe(0);
    expect(studentTwoSided(NaN, 3)).toBeNaN();
  });

  it.each([0, 1.5, -2, NaN])('refuses %s degrees of freedom', (freedom) => {
    expect(() => studentTwoSided(1, freedom)).toThrow(
      `student t: expected whole degrees of freedom from 1 up, got ${freedom}`,
    );
  });
});

describe('studentCritical', () => {
  it.each([
    [0.05, 1, 12.706204736432095],
    [0.05, 2, 4.302652729911275],
    [0.01, 2, 9.92484320091807],
    [0.05, 10, 2.2281388519649385],
    [0.001, 30, 3.6459586350420214],
  ])('is the tables value for %s and %s degrees of freedom', (probability, freedom, value) => {
    expect(Math.abs(studentCritical(probability, freedom) / value - 1)).toBeLessThan(1e-9);
  });

  it('is the inverse of the probability', () => {
    for (const probability of [1e-12, 1e-4, 0.3, 0.999]) {
      const back = studentTwoSided(studentCritical(probability, 4), 4);
      expect(Math.abs(back / probability - 1)).toBeLessThan(1e-9);
    }
    expect([studentCritical(1, 4), studentCritical(0, 4)]).toEqual([0, Infinity]);
  });
});

it('halfGammaRatio is that of the gamma function', () => {
  // Gamma(1)/Gamma(1/2), Gamma(3/2)/Gamma(1), Gamma(2)/Gamma(3/2), Gamma(5/2)/Gamma(2)
  const root = Math.sqrt(Math.PI);
  const values = [1 / root, root / 2, 2 / root, (3 * root) / 4];
  for (const [i, value] of values.entries()) expect(halfGammaRatio(i + 1)).toBeCloseTo(value, 14);
});
