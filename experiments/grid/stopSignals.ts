import { monotonicClock } from '../../train/clock.js';

/** All say the same: Ctrl-C, the end of a batch job, a terminal that was closed. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * One request may arrive several times: npm passes on the Ctrl-C that the terminal has sent to its whole process group,
 * and a shell does so with the end of its terminal.
 */
export const SAME_REQUEST_MS = 500;

/**
 * Calls the listener for every request to stop this process; signals within half a second of one are that one.
 * While anything listens, these signals do not end the process.
 *
 * @returns what ends listening.
 */
export function onStopSignal(listener: (name: NodeJS.Signals) => void): () => void {
  let requestedAt = -Infinity;
  const hear = (name: NodeJS.Signals): void => {
    const now = monotonicClock();
    if (now - requestedAt < SAME_REQUEST_MS) return;
    requestedAt = now;
    listener(name);
  };
  for (const name of STOP_SIGNALS) process.on(name, hear);
  return () => {
    for (const name of STOP_SIGNALS) process.off(name, hear);
  };
}
