import type { Clock } from './clock.js';

/** Weight of the newest update in the moving average of the speed. */
const NEWEST = 0.1;

/** Measures a run: all time since its start, sessions before included, and the time of updates alone. */
export class Stopwatch {
  private readonly start: number;
  private readonly updateMs: number[] = [];
  private averageMs = 0;

  constructor(
    private readonly clock: Clock,
    earlierMs: number,
  ) {
    this.start = clock() - earlierMs;
  }

  get elapsedMs(): number {
    return this.clock() - this.start;
  }

  /** Times one update. */
  async time<T>(update: () => Promise<T>): Promise<T> {
    const before = this.clock();
    const result = await update();
    const ms = this.clock() - before;
    this.updateMs.push(ms);
    // The first update compiles and would spoil the average for long.
    this.averageMs = this.updateMs.length <= 2 ? ms : this.averageMs + NEWEST * (ms - this.averageMs);
    return result;
  }

  /** Moving average of updates a second. */
  get updatesPerSecond(): number {
    return this.averageMs > 0 ? 1000 / this.averageMs : 0;
  }

  /** Median of updates a second without the first; null before the second. */
  get medianUpdatesPerSecond(): number | null {
    const times = this.updateMs.slice(1).sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)];
    return median === undefined || median === 0 ? null : 1000 / median;
  }
}
