import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { idleBetween, threadsToUse } from '../../src/engine/idleCores.js';

describe('idleBetween', () => {
  const before = { at: 1000, own: 200, all: 50_000 };

  it('is what others leave of the cores, whatever this process uses', () => {
    // In a second: this process 0.7 of a core, everything 1.7.
    expect(idleBetween(before, { at: 2000, own: 900, all: 51_700 }, 2)).toBeCloseTo(1, 10);
    expect(idleBetween(before, { at: 2000, own: 2100, all: 51_900 }, 2)).toBeCloseTo(2, 10);
  });

  it('counts no others where the counters of the system lag behind', () => {
    expect(idleBetween(before, { at: 2000, own: 1200, all: 50_900 }, 4)).toBe(4);
  });

  it('says nothing of a moment', () => {
    expect(idleBetween(before, { at: 1050, own: 200, all: 50_100 }, 2)).toBeUndefined();
  });
});

it('takes one thread at least, and no more than there are cores', () => {
  expect(threadsToUse()).toBeGreaterThanOrEqual(1);
  expect(threadsToUse()).toBeLessThanOrEqual(availableParallelism());
});
