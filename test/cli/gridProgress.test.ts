import { describe, expect, it } from 'vitest';
import { GridProgress } from '../../cli/gridView.js';

describe('progress of a grid', () => {
  it('knows nothing of the time left before anything was done', () => {
    const progress = new GridProgress(4, 0);
    progress.begin('a');
    expect(progress.part).toBe(0);
    expect(progress.secondsLeft(10)).toBe(Infinity);
  });

  it('reckons with the cells under way', () => {
    const progress = new GridProgress(4, 0);
    for (const cell of ['a', 'b']) {
      progress.begin(cell);
      progress.advance(cell, 0);
    }
    progress.advance('a', 0.5);
    expect([progress.done, progress.underWay, progress.part]).toEqual([0, 2, 0.125]);
    expect(progress.secondsLeft(10)).toBe(70);
    progress.advance('a', 1);
    progress.end('a');
    expect([progress.done, progress.underWay, progress.part]).toEqual([1, 1, 0.25]);
    expect(progress.secondsLeft(20)).toBe(60);
  });

  it('does not take what an earlier session did for its own pace', () => {
    const progress = new GridProgress(4, 1);
    progress.begin('b');
    progress.advance('b', 0.5); // from its checkpoint
    expect([progress.part, progress.secondsLeft(1)]).toEqual([0.375, Infinity]);
    progress.advance('b', 0.75);
    expect(progress.secondsLeft(10)).toBe(90); // a quarter of a cell in 10 s, 2.25 cells to go
    progress.end('b');
    expect(progress.secondsLeft(20)).toBe(80); // half a cell in 20 s, 2 to go
  });

  it('is at its end with the last cell', () => {
    const progress = new GridProgress(1, 0);
    progress.begin('a');
    progress.end('a');
    expect([progress.part, progress.secondsLeft(5)]).toEqual([1, 0]);
  });
});
