import type { Output } from './output.js';
import { EXIT } from './verbs/contract.js';

/** What may ask a verb to stop: a signal, or a reader of stdout that has gone. */
type Cause = NodeJS.Signals | 'EPIPE';

/** A verb that was asked to stop before it had a result; the message says what is left and how to resume. */
export class Interruption extends Error {
  override readonly name = 'Interruption';

  constructor(
    readonly by: Cause,
    stays: string,
  ) {
    super(`stopped by ${by === 'EPIPE' ? 'a closed pipe' : by}${stays}`);
  }

  /** A closed pipe is no interruption: its reader has read enough. */
  get exitCode(): number {
    return this.by === 'EPIPE' ? EXIT.done : EXIT.interrupted;
  }
}

/** Aborts the controller with an Interruption on the first signal. */
function listen(output: Output, promise: string, stays: string, controller: AbortController): () => void {
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Interruption(name, stays));
    const again = name === 'SIGINT' ? '; press Ctrl-C again to stop immediately' : '';
    output.note(`\n${name}: ${promise}${again}`);
  };
  const gone = (): void => {
    if (!controller.signal.aborted) controller.abort(new Interruption('EPIPE', stays));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  process.stdout.once('error', gone);
  return () => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    process.stdout.off('error', gone);
  };
}

/** What a body threw, or the interruption where it only reports that its signal was aborted. */
function told(error: unknown, { aborted, reason }: AbortSignal): unknown {
  return aborted && error instanceof Error && error.name === 'AbortError' ? reason : error;
}

/**
 * Runs a body that can be asked to stop: Ctrl-C, SIGTERM and a closed stdout abort its signal once, and it
 * ends in its own time, as `promise` tells the user. A second Ctrl-C ends the process at once.
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
    dispose();
  }
}

/** The exit code of a verb that ended in its own time. */
export function exitAfter({ aborted, reason }: AbortSignal): number {
  return aborted && reason instanceof Interruption ? reason.exitCode : EXIT.done;
}
