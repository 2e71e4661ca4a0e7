import { describe, expect, it } from 'vitest';
import { awakeClock, LONGEST_IDLE_MS } from '../../train/clock.js';
import { newProgress, Stopwatch, usedFraction } from '../../train/progress.js';

describe('a clock that stands still while the process is stopped', () => {
  /** Readings after steps of [time that passes, of which the processor works]. */
  function readings(steps: readonly (readonly [number, number])[]): number[] {
    let [wall, cpu] = [0, 0];
    const clock = awakeClock(
      () => wall,
      () => cpu,
    );
    return steps.map(([passes, works]) => {
      wall += passes;
      cpu += works;
      return clock();
    });
  }

  it.each([
    ['work counts', [600_000, 595_000], 600_000],
    ['work of several threads counts once', [600_000, 2_000_000], 600_000],
    ['work beside an hour asleep counts', [3_600_000, 20_000], 20_000 + LONGEST_IDLE_MS],
    ['a short wait counts', [9_000, 0], 9_000],
    ['of an hour asleep ten seconds count', [3_600_000, 0], LONGEST_IDLE_MS],
  ] as const)('%s', (_, step, counted) => {
    expect(readings([[100, 100], step, [100, 100]])).toEqual([100, 100 + counted, 200 + counted]);
  });

  it('leaves a budget in minutes to be used after a sleep', () => {
    let [wall, cpu] = [0, 0];
    const watch = new Stopwatch(
      awakeClock(
        () => wall,
        () => cpu,
      ),
      newProgress.elapsedMs,
    );
    [wall, cpu] = [30_000, 30_000];
    expect(watch.elapsedMs).toBe(30_000);
    wall += 8 * 3_600_000;
    const budget = { unit: 'minutes', amount: 1, tokensPerUpdate: 1 } as const;
    expect(usedFraction(budget, 1, watch.elapsedMs)).toBeCloseTo(40 / 60);
  });
});
