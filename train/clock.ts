/** Milliseconds since 1970. Given to whatever measures time, so that tests need not wait. */
export type Clock = () => number;

/**
 * The clock of real runs: set once, when the process starts, and never again. Setting the computer's clock does not
 * move it, and where the system's monotonic clock stands still while a computer sleeps, as on Linux, so does this.
 */
export const monotonicClock: Clock = () => performance.timeOrigin + performance.now();
