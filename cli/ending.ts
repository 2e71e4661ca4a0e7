/** Whether the process is to end now. */
let ends = false;

/** Ends the process. Whatever of this package ends it does so here, so that all else that does can be told. */
export function endProcess(exitCode: number): never {
  ends = true;
  process.exit(exitCode);
}

/** The process ends though its work is not done: something called `process.exit`, or nothing is left to wait for. */
export class EarlyEnd extends Error {
  override readonly name = 'EarlyEnd';
}

/**
 * Reports what would end the process without a word of its own, or with words of Node's: an early end, whose stack leads
 * to the call of `process.exit` if there was one, and what nobody caught. `report` gives the exit code.
 */
export function reportEnds(report: (error: unknown) => number): void {
  process.on('uncaughtException', (error) => {
    if (!ends) endProcess(report(error));
  });
  process.on('exit', () => {
    if (!ends) process.exitCode = report(new EarlyEnd('the process ended before its work was done'));
  });
}
