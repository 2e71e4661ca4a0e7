import { processorMs } from '../src/core/processes.js';

/** Milliseconds since 1970. Given to whatever measures time, so that tests need not wait. */
export type Clock = () => number;

/** The longest time that counts of one in which the process did nothing. */
export const LONGEST_IDLE_MS = 10_000;

/**
 * A clock that stands still while the process is stopped, by the system or with the whole computer: between two
 * readings as much time counts as the processor has worked, and at most ten seconds beside. No training is idle for
 * longer by itself: it computes, and waits for disks and devices for less.
 *
 * @param cpu time that the processor has worked for this process, all threads together, in milliseconds.
 */
export function awakeClock(wall: Clock, cpu: Clock): Clock {
  let [lastWall, lastCpu, asleep] = [wall(), cpu(), 0];
  return () => {
    const [now, worked] = [wall(), cpu()];
    asleep += Math.max(0, now - lastWall - (worked - lastCpu) - LONGEST_IDLE_MS);
    [lastWall, lastCpu] = [now, worked];
    return now - asleep;
  };
}

/**
 * The clock of real runs: set once, when the process starts, and never again, so that setting the computer's clock does
 * not move it. It stands still while the process does.
 */
export const monotonicClock: Clock = awakeClock(
  () => performance.timeOrigin + performance.now(),
  processorMs,
);
