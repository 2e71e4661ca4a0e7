import { EXIT } from './exitCodes.js';
import type { Output } from './output.js';

/** Why a verb was asked to stop: a signal's name, or `EPIPE` for a reader of stdout that has gone. */
function listen(output: Output, promise: string, controller: AbortController): () => void {
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(name);
    const again = name === 'SIGINT' ? '; press Ctrl-C again to stop at once' : '';
    output.note(`\n${name}: ${promise}${again}`);
  };
  const gone = (): void => {
    if (!controller.signal.aborted) controller.abort('EPIPE');
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  process.stdout.once('error', gone);
  return () => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    process.stdout.off('error', gone);
  };
}

/**
 * Runs a body that can be asked to stop: Ctrl-C, SIGTERM and a closed stdout abort its signal once, and it
 * ends in its own time, as `promise` tells the user. A second Ctrl-C ends the process at once.
 */
export async function withInterrupt<T>(
  output: Output,
  promise: string,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const dispose = listen(output, promise, controller);
  try {
    return await body(controller.signal);
  } finally {
    dispose();
  }
}

/** The exit code of a verb that kept its promise: a closed pipe is no interruption. */
export function exitAfter(signal: AbortSignal): number {
  return signal.aborted && signal.reason !== 'EPIPE' ? EXIT.interrupted : EXIT.done;
}
