import { describe, expect, it } from 'vitest';
import { trendInWords } from '../../../eval/compare/words.js';
import { convergenceOf, endTrend } from '../../../eval/stats/trend.js';
import { Rng } from '../../../src/core/rng.js';

const curve = (scores: readonly number[]) => scores.map((score, i) => ({ at: i + 1, score }));

describe('the trend at the end of training', () => {
  it('is the slope of the last fifth alone, times a fifth of the training', () => {
    const scores = Array.from({ length: 20 }, (_, i) => (i < 15 ? 100 - i : 50 - 0.5 * i));
    const trend = endTrend(curve(scores));
    expect(trend?.points).toBe(5);
    expect(trend?.change).toBeCloseTo(-2, 10);
    expect(trend?.low).toBeCloseTo(-2, 6);
    expect(trend?.high).toBeCloseTo(-2, 6);
  });

  it('has the interval of least squares by Student t', () => {
    // Places 8, 9, 10 of 10: slope -0.5, residuals 1/6, -1/3, 1/6, so the error of the slope is sqrt(1/6 / 2).
    const trend = endTrend(curve([9, 9, 9, 9, 9, 9, 9, 3, 2, 2]));
    const margin = 12.7062047 * Math.sqrt(1 / 12) * 2;
    expect(trend?.change).toBeCloseTo(-1, 10);
    expect(trend?.low).toBeCloseTo(-1 - margin, 5);
    expect(trend?.high).toBeCloseTo(-1 + margin, 5);
  });

  it('takes the last three validations where the last fifth has fewer, but none of the first half', () => {
    expect(endTrend(curve([5, 4, 3, 2]))?.points).toBe(3);
    expect(endTrend(curve([5, 4, 3]))).toBeNull();
    expect(endTrend([])).toBeNull();
    expect(endTrend(curve([1, 1, 1, 1, NaN, 1]))).toBeNull();
  });

  it('calls a flat end improving in at most a twentieth of the draws, on either side', () => {
    let found = 0;
    const draws = 2000;
    for (let draw = 0; draw < draws; draw++) {
      const rng = Rng.fromSeed(5).derive(draw);
      const verdict = convergenceOf(endTrend(curve(Array.from({ length: 25 }, () => rng.normal())))!, 'low');
      if (verdict !== 'level') found++;
    }
    expect(found / draws).toBeGreaterThan(0.035);
    expect(found / draws).toBeLessThan(0.065);
  });

  it('is said in words that name the direction by what is better', () => {
    const falling = endTrend(curve(Array.from({ length: 20 }, (_, i) => 10 - i)));
    expect(convergenceOf(falling!, 'low')).toBe('improving');
    expect(convergenceOf(falling!, 'high')).toBe('worsening');
    expect(trendInWords(falling, { best: 'low', unit: 'bits/byte' })).toBe(
      'still improving at the end: −4 bits/byte over the last fifth [−4, −4], 5 validations; more training should help',
    );
    expect(trendInWords(falling, { best: 'high', unit: 'accuracy' })).toMatch(
      /^getting worse at the end: −4 accuracy/,
    );
    const flat = endTrend(curve([9, 9, 9, 9, 9, 9, 9, 9, 1, 2, 1, 2, 1, 1, 2, 1, 2, 1, 2, 1.5, 1]));
    expect(trendInWords(flat, { best: 'low', unit: 'nats' })).toMatch(/^no trend to be told at the end: /);
    expect(trendInWords(null, { best: 'low', unit: 'nats' })).toMatch(
      /is not known: fewer than 3 validations/,
    );
  });
});
