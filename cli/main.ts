#!/usr/bin/env node
import { EXIT } from './exitCodes.js';
import { explain } from './failure.js';
import { leave, toJson } from './output.js';
import { runProgram } from './program.js';

/** A reader that has gone (`pavlov ... | head`) is no fault: what is still written to it is dropped. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

function report(error: unknown, json: boolean): number {
  const { code, message, exitCode } = explain(error);
  if (json) process.stdout.write(toJson({ error: { code, message } }));
  process.stderr.write(`${message}\n`);
  if (exitCode === EXIT.ours) process.stderr.write('pavlov: this is a fault of pavlov, please report it\n');
  return exitCode;
}

async function main(args: readonly string[]): Promise<never> {
  ignoreClosedPipes();
  try {
    return await leave(await runProgram(args));
  } catch (error) {
    return leave(report(error, args.includes('--json')));
  }
}

await main(process.argv.slice(2));
