import { setImmediate } from 'node:timers/promises';
import { callback, optionsCheck, signal } from '../../src/core/options.js';

/**
 * Long work in small steps: a generator that tells at each yield how many bytes of text it has got on by, and whose
 * return value is the result. A step takes milliseconds.
 */
export type Work<T> = Generator<number, T, void>;

/** How far long work is. */
export interface Progress {
  /** What is done, in words. */
  readonly doing: string;
  /** Bytes of text it has got through. */
  readonly bytes: number;
  /** Of how many; absent where that is not known before. */
  readonly total?: number;
}

/** Who follows long work, and may end it. */
export interface Following {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** The options of `Following`. */
export const followingFields = {
  signal: signal.optional(),
  onProgress: callback<(progress: Progress) => void>().optional(),
};

const checkFollowing = optionsCheck<Following>(followingFields);

/**
 * Lets signals, timers and messages be heard.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

/** Text that is read, counted or encoded between two pauses. */
export const BYTES_A_TURN = 1 << 17;

/**
 * Runs work with pauses in which signals, timers and messages are heard, so that nothing long is deaf or silent.
 *
 * @throws what the work throws; the signal's reason when aborted. The work is ended then, with what it holds open.
 */
export async function runWork<T>(
  work: Work<T>,
  following: Following,
  what: Omit<Progress, 'bytes'>,
): Promise<T> {
  const { signal: ends, onProgress } = checkFollowing('runWork', following);
  let [bytes, since] = [0, BYTES_A_TURN];
  try {
    for (;;) {
      if (since >= BYTES_A_TURN) {
        since = 0;
        onProgress?.({ ...what, bytes });
        await pause(ends);
      }
      const step = work.next();
      if (step.done) {
        onProgress?.({ ...what, bytes });
        return step.value;
      }
      bytes += step.value;
      since += step.value;
    }
  } finally {
    work.return(undefined as never); // ends it where it stands; its result is not used
  }
}

/** Runs work to its end at once, for what is known to be short. */
export function finishWork<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
