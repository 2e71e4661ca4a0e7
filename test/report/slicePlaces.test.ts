import { describe, expect, it } from 'vitest';
import { isLogarithmic, placeOf } from '../../report/slicePlaces.js';

describe('the place of a slice on an axis', () => {
  it.each([
    ['16', 16],
    ['4-7', 4],
    ['-2', -2],
    ['0.5', 0.5],
    [3, 3],
  ])('%s is at %s', (key, place) => {
    expect(placeOf(key)).toBe(place);
  });

  it.each(['4 of 8 reversed', 'length 64, pairs 16', 'names', '', null])('%s has none', (key) => {
    expect(placeOf(key)).toBeNaN();
  });

  it('is logarithmic for factors of eight and for ranges, and never from zero', () => {
    expect(isLogarithmic([4, 8, 32])).toBe(true);
    expect(isLogarithmic(['4', '8', '31'])).toBe(false);
    expect(isLogarithmic(['4-7', '8-15'])).toBe(true);
    expect(isLogarithmic(['0', '1'])).toBe(false);
    expect(isLogarithmic(['0', '100'])).toBe(false);
  });
});
