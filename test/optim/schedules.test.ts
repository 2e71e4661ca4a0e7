import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateAt, schedules } from '../../src/optim/schedules.js';

const settings = { name: '', warmup: 0.1, floor: 0.1, decay: 0.2 };
const at = (name: string, progress: number): number => rateAt(schedules[name]!, settings, progress);

describe('schedules', () => {
  it.each(Object.keys(schedules))('%s rises in a straight line to 1 at the end of warm-up', (name) => {
    expect(at(name, 0)).toBe(0);
    expect(at(name, 0.05)).toBeCloseTo(0.5, 12);
    expect(at(name, 0.1)).toBe(1);
  });

  it.each([
    ['constant', 1, 1],
    ['linear', 0.55, 0.1],
    ['cosine', 0.55, 0.1],
    ['wsd', 1, 0.1],
  ])('%s is %f half way and %f at the end', (name, half, end) => {
    expect(at(name, 0.55)).toBeCloseTo(half, 12);
    expect(at(name, 1)).toBeCloseTo(end, 12);
    expect(at(name, 1.5)).toBeCloseTo(end, 12);
  });

  it('cosine is at its value a quarter of the way down', () => {
    expect(at('cosine', 0.1 + 0.9 / 4)).toBeCloseTo(0.1 + 0.9 * (0.5 + Math.SQRT1_2 / 2), 12);
  });

  it('wsd is flat until its last part and then falls as 1 - sqrt', () => {
    expect(at('wsd', 0.8)).toBe(1);
    expect(at('wsd', 0.85)).toBeCloseTo(0.1 + 0.9 * 0.5, 12);
  });

  it('never leaves [0, 1] and never rises after warm-up', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    const anySettings = fc.record({
      warmup: fc.double({ min: 0, max: 0.5, noNaN: true }),
      floor: part,
      decay: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(schedules)), anySettings, part, part, (name, rest, a, b) => {
        const rate = (progress: number): number => rateAt(schedules[name]!, { name, ...rest }, progress);
        const [first, second] = [Math.min(a, b), Math.max(a, b)];
        expect(rate(first)).toBeGreaterThanOrEqual(0);
        expect(rate(first)).toBeLessThanOrEqual(1);
        if (first >= rest.warmup) expect(rate(second)).toBeLessThanOrEqual(rate(first) + 1e-12);
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});
