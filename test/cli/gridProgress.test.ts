import { performance } from 'node:perf_hooks';
import { describe, expect, it, vi } from 'vitest';
import { GridProgress, GridView } from '../../cli/gridView.js';
import { createOutput } from '../../cli/output.js';
import { fakeStream } from '../support/terminal.js';

it('in a pipe, a cell that works on text is told of within two seconds, then less often', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const stdout = fakeStream();
  const view = new GridView(createOutput(false, { stdout, stderr: fakeStream() }), []);
  view.show({ type: 'begin', stage: 'train', cell: 'a' });
  for (let ms = 0; ms <= 7000; ms += 200) {
    clock.mockReturnValue(ms);
    const work = { doing: 'training the tokenizer', bytes: 1000 + ms };
    view.show({ type: 'progress', cell: 'a', part: 0, work });
  }
  clock.mockRestore();
  expect(stdout.text).toBe('training the tokenizer, 2.6 kB\ntraining the tokenizer, 5.6 kB\n');
});

it('says what a grid takes before it starts, and by the steps of its first cell how long all will take', async () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const now = vi.spyOn(Date, 'now').mockReturnValue(new Date(2026, 0, 1, 9, 59).getTime());
  const stdout = fakeStream();
  const output = createOutput(false, { stdout, stderr: fakeStream() });
  const place = { text: 'in 2 processes at most, about 120 MB of memory each', processes: 2 };
  const view = new GridView(output, [], place);
  let isMeasured = false;
  const measured = view.measured.then(() => (isMeasured = true));
  view.show({ type: 'start', cells: 8, groups: 8, finished: 0 });
  view.show({ type: 'begin', stage: 'train', cell: 'a' });
  for (const [ms, part] of [
    [0, 0],
    [3000, 0.1], // compiling is not repeated by each cell
    [4000, 0.15],
    [5000, 0.2],
    [11_000, 0.9],
  ] as const) {
    await Promise.resolve();
    expect(isMeasured).toBe(ms > 5000);
    clock.mockReturnValue(ms);
    view.show({ type: 'progress', cell: 'a', part });
  }
  await measured;
  clock.mockRestore();
  now.mockRestore();
  view.clear();
  expect(stdout.text).toContain('8 cells in 2 processes at most, about 120 MB of memory each\n');
  const told = stdout.text.split('\n').filter((line) => line.startsWith('about'));
  expect(told).toEqual(['about 20s a cell by the first steps, 1m18s for all, until about 10:00']);
});

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
