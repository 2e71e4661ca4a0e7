import { describe, expect, it } from 'vitest';
import { tf } from '../../src/core/tf.js';
import { difference } from './close.js';

const tight = { rtol: 1e-4, atol: 1e-5 };

describe('toBeAllClose', () => {
  it('takes what is within the bound and refuses what is just outside', () => {
    expect([1 + 1.0e-4]).toBeAllClose([1], tight);
    expect(difference([1 + 1.2e-4], [1], tight)).toMatch(
      /^at \[0\]: got 1.00012, wanted 1, off by .*, bound /,
    );
  });

  it('holds NaN equal to NaN only, and an infinity to itself only', () => {
    expect([NaN, Infinity]).toBeAllClose([NaN, Infinity], tight);
    for (const [x, y] of [
      [NaN, 1],
      [1, NaN],
      [NaN, Infinity],
      [1, Infinity],
      [-Infinity, Infinity],
    ] as const) {
      expect(difference([x], [y], tight)).toContain(`got ${x}, wanted ${y}`);
    }
  });

  it('reports the worst place by its index in the shape', () => {
    const got = tf.tensor2d([1, 2, 3, 5], [2, 2]);
    expect(difference(got, tf.tensor2d([1, 2.5, 3, 9], [2, 2]), tight)).toContain(
      'at [1,1]: got 5, wanted 9',
    );
  });

  it('refuses another shape or count', () => {
    expect(difference(tf.zeros([2, 3]), tf.zeros([3, 2]), tight)).toBe('got shape [2,3], wanted [3,2]');
    expect(difference([1], [1, 2], tight)).toBe('got shape [1], wanted [2]');
  });
});
