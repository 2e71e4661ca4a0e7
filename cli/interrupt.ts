import { setImmediate } from 'node:timers/promises';
import { onStopSignal } from '../experiments/grid/stopSignals.js';
import { endProcess } from './ending.js';
import type { Output } from './output.js';
import { startSignalThread } from './signalThread.js';
import { EXIT } from './verbs/contract.js';

/** What may ask a verb to stop: a signal, a reader of stdout that has gone, or a stdout that takes nothing. */
type Cause = NodeJS.Signals | 'EPIPE' | 'output';

const NAMES: Readonly<Partial<Record<Cause, string>>> = {
  EPIPE: 'a closed pipe',
  output: 'standard output that cannot be written',
};

/** A verb that was asked to stop before it had a result; the message says what is left and how to resume. */
export class Interruption extends Error {
  override readonly name = 'Interruption';

  constructor(
    readonly by: Cause,
    stays: string,
  ) {
    super(`stopped by ${NAMES[by] ?? by}${stays}`);
  }

  /** A closed pipe is no interruption: its reader has read enough. */
  get exitCode(): number {
    if (this.by === 'output') return EXIT.data;
    return this.by === 'EPIPE' ? EXIT.done : EXIT.interrupted;
  }
}

/** Aborts the controller with an Interruption on the first request to stop. */
function listen(
  output: Output,
  promise: string,
  stays: string,
  controller: AbortController,
): () => Promise<void> {
  let requested = false;
  const answerTo = (name: NodeJS.Signals): string =>
    `\n${name}: ${promise}${name === 'SIGINT' ? '; press Ctrl-C again to stop immediately' : ''}`;
  const thread = startSignalThread(answerTo);
  const stop = (name: NodeJS.Signals): void => {
    const unanswered = thread.hear();
    if (requested) endProcess(EXIT.interrupted);
    requested = true;
    controller.abort(new Interruption(name, stays));
    if (unanswered) output.note(answerTo(name));
  };
  const fail = ({ code = 'an error' }: NodeJS.ErrnoException): void => {
    if (controller.signal.aborted) return;
    controller.abort(new Interruption(code === 'EPIPE' ? code : 'output', stays));
    if (code !== 'EPIPE') output.note(`\nstandard output cannot be written (${code}): ${promise}`);
  };
  const endSignals = onStopSignal(stop);
  process.stdout.once('error', fail);
  return async () => {
    await thread.end();
    // Two, since what comes while the loop takes up events is handed over in its next turn.
    await setImmediate();
    await setImmediate();
    // The second signal of one Ctrl-C may come when the body has ended already; it must not cut off what is left to say.
    if (!requested) endSignals();
    process.stdout.off('error', fail);
  };
}

/** What a body threw, or the interruption where it only reports that its signal was aborted. */
function told(error: unknown, { aborted, reason }: AbortSignal): unknown {
  return aborted && error instanceof Error && error.name === 'AbortError' ? reason : error;
}

/**
 * Runs a body that can be asked to stop: Ctrl-C, SIGTERM, SIGHUP and a stdout that takes no more abort its signal once,
 * and it ends in its own time, as `promise` tells the user within a second, whatever the body is at. A second Ctrl-C, half
 * a second later or more, ends the process at once.
 *
 * @param stays what a body that is cut off leaves behind and how to go on, for the message of the Interruption.
 * @throws Interruption when the body gives up because it was asked to, whatever else it throws otherwise.
 */
export async function withInterrupt<T>(
  output: Output,
  promise: string,
  body: (signal: AbortSignal) => Promise<T>,
  stays = '',
): Promise<T> {
  const controller = new AbortController();
  const dispose = listen(output, promise, stays && `: ${stays}`, controller);
  try {
    return await body(controller.signal);
  } catch (error) {
    throw told(error, controller.signal);
  } finally {
    await dispose();
  }
}

/** The exit code of a verb that ended in its own time. */
export function exitAfter({ aborted, reason }: AbortSignal): number {
  return aborted && reason instanceof Interruption ? reason.exitCode : EXIT.done;
}

/** Waits until a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
