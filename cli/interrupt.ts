import { EXIT } from './exitCodes.js';
import type { Output } from './output.js';

/** A wish of the user to stop: the signal aborts once, and the verb ends in its own time. */
export interface Interrupt {
  readonly signal: AbortSignal;
  dispose(): void;
}

/**
 * Listens to Ctrl-C, SIGTERM and a reader of stdout that has gone. The first asks the verb to stop;
 * a second Ctrl-C ends the process at once.
 */
export function listenForInterrupt(output: Output, promise: string): Interrupt {
  const controller = new AbortController();
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
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      process.stdout.off('error', gone);
    },
  };
}
