import { EXIT } from './exitCodes.js';
import { explain, reportAdvice } from './failure.js';
import { toJson } from '../report/json.js';
import { runProgram } from './program.js';

function report(error: unknown, json: boolean): number {
  const { code, message, exitCode } = explain(error);
  if (json) process.stdout.write(toJson({ error: { code, message } }));
  process.stderr.write(`${message}\n`);
  if (exitCode === EXIT.ours) process.stderr.write(`${reportAdvice()}\n`);
  return exitCode;
}

/** Runs one command line, reports what goes wrong, and gives the exit code. */
export async function execute(args: readonly string[]): Promise<number> {
  try {
    return await runProgram(args);
  } catch (error) {
    return report(error, args.includes('--json'));
  }
}
