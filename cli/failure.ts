import { CommanderError } from 'commander';
import { diskAdvice } from '../src/core/diskErrors.js';
import { PavlovError } from '../src/core/errors.js';
import { EXIT, EXIT_OF } from './exitCodes.js';
import { Interruption } from './interrupt.js';
import { ownPackage } from './ownPackage.js';

/** An error as the terminal shows it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

/** A command line that cannot be read; already in the project's message form. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

function diskFailure(error: NodeJS.ErrnoException): Failure | undefined {
  const code = error.code ?? '';
  const advice = diskAdvice(code);
  if (advice === undefined || error.syscall === undefined) return undefined;
  const message = `${error.path ?? 'disk'}: expected ${error.syscall} to work, got ${code}; ${advice}`;
  return { code, message, exitCode: EXIT.data };
}

/** What to do about an internal error. */
export function reportAdvice(): string {
  return `pavlov: internal error; please report it at ${ownPackage().bugs.url}`;
}

/** The message and exit code of anything thrown; a stack where the fault is ours. */
export function explain(error: unknown): Failure {
  if (error instanceof UsageError) return { code: 'USAGE', message: error.message, exitCode: EXIT.user };
  if (error instanceof PavlovError) {
    return { code: error.code, message: error.message, exitCode: EXIT_OF[error.code] };
  }
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', message: String(error), exitCode: EXIT.ours };
  if (error instanceof Interruption)
    return { code: 'INTERRUPTED', message: error.message, exitCode: error.exitCode };
  const disk = diskFailure(error);
  if (disk) return disk;
  return { code: 'UNEXPECTED', message: error.stack ?? error.message, exitCode: EXIT.ours };
}

/** Commander's own wording for each fault of usage, taken apart. */
const USAGE_FORMS: readonly (readonly [RegExp, (where: string, parts: readonly string[]) => string])[] = [
  [/^unknown option '(.+)'$/, (where, [flag]) => `${where}: expected a known option, got '${flag ?? ''}'`],
  [/^unknown command '(.+)'$/, (where, [verb]) => `${where}: expected a known verb, got '${verb ?? ''}'`],
  [
    /^missing required argument '(.+)'$/,
    (where, [name]) => `${where}: expected an argument <${name ?? ''}>, got none`,
  ],
  [
    /^option '(.+)' argument missing$/,
    (where, [flag]) => `${where}: expected a value for '${flag ?? ''}', got none`,
  ],
  [
    /^required option '(.+)' not specified$/,
    (where, [flag]) => `${where}: expected '${flag ?? ''}', got nothing`,
  ],
  [
    /^option '(.+)' cannot be used with option '(.+)'$/,
    (where, [a, b]) => `${where}: expected one of '${a ?? ''}' and '${b ?? ''}', got both`,
  ],
  [
    /^too many arguments(?: for '.+')?\. Expected (\d+) arguments? but got (\d+)\.$/,
    (where, [wanted, got]) => `${where}: expected ${wanted ?? ''} arguments, got ${got ?? ''}`,
  ],
];

/** Commander's complaint in the project's form: `<where>: expected <what>, got <value>; <what to do>`. */
export function usageMessage(error: CommanderError, where: string): string {
  const [first = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  const near = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(hint)?.[1];
  const help = `run '${where} --help'`;
  const advice = near === undefined ? help : `did you mean '${near.split(', ').join("' or '")}'?`;
  for (const [form, write] of USAGE_FORMS) {
    const parts = form.exec(first);
    if (parts) return `${write(where, parts.slice(1))}; ${advice}`;
  }
  return `${where}: ${first}; ${advice}`;
}
