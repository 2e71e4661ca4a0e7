import { setImmediate } from 'node:timers/promises';
import { diskAdvice } from '../src/core/diskErrors.js';
import { endProcess, reportEnds } from './ending.js';
import { execute, reportFailure } from './program.js';
import { EXIT } from './verbs/contract.js';

/** The first error of standard output that is not a reader who has gone. */
let outputError: NodeJS.ErrnoException | undefined;

/** Waits until a stream has handed everything to the system, or its reader has gone. */
async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.destroyed && stream.writableLength > 0) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
  // A failed write is reported a little after it.
  await setImmediate();
}

/**
 * Ends the process with everything written. A result that could not be written to stdout is told, and is no success.
 */
async function leave(exitCode: number): Promise<never> {
  await drained(process.stdout);
  if (outputError) {
    const { code = 'an error', message } = outputError;
    process.stderr.write(`standard output: write failed with ${code}; ${diskAdvice(code) ?? message}\n`);
  }
  await drained(process.stderr);
  endProcess(outputError && exitCode === EXIT.done ? EXIT.data : exitCode);
}

/** Runs a command line and ends the process. */
export async function start(args: readonly string[]): Promise<never> {
  // A reader that has gone (`pavlov ... | head`) is no error: what is still written to it is dropped. Any other error
  // of stdout is told at the end. Stderr has no result, and there is nowhere to tell of it.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') outputError ??= error;
  });
  process.stderr.on('error', () => undefined);
  reportEnds((error) => reportFailure(error, args.includes('--json')));
  return leave(await execute(args));
}
