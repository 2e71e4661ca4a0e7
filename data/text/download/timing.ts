import { setTimeout as sleep } from 'node:timers/promises';
import type { DownloadTiming } from './events.js';

/** Patient enough for a slow line, short enough to notice a dead one. */
export const defaultTiming: DownloadTiming = {
  stallMs: 30_000,
  retries: 6,
  backoffMs: 1_000,
  longestWaitMs: 60_000,
  wait: async (ms, signal) => {
    await sleep(ms, undefined, signal && { signal });
  },
};

/** Stops a request that has been silent for too long. */
export interface StallGuard {
  readonly signal: AbortSignal;
  /** The server has spoken. */
  touch(): void;
  /** Ends the guard and whatever still runs under it. */
  stop(): void;
}

/** The reason a request was stopped by a stall guard. */
export class StallError extends Error {
  constructor(stallMs: number) {
    super(`no data for ${stallMs} ms`);
  }
}

/** A guard that aborts after `stallMs` of silence, or with the outer signal. */
export function guardStall(stallMs: number, outer: AbortSignal | undefined): StallGuard {
  const inner = new AbortController();
  const abort = (): void => inner.abort(new StallError(stallMs));
  let timer = setTimeout(abort, stallMs);
  return {
    signal: outer ? AbortSignal.any([outer, inner.signal]) : inner.signal,
    touch() {
      clearTimeout(timer);
      timer = setTimeout(abort, stallMs);
    },
    stop() {
      clearTimeout(timer);
      inner.abort();
    },
  };
}
