import { CommanderError } from 'commander';
import { PavlovError, type ErrorCode } from '../src/core/errors.js';
import { EarlyEnd } from './ending.js';
import { foreignFailure, type Failure } from './foreignErrors.js';
import { Interruption } from './interrupt.js';
import { ownPackage } from '../src/core/ownPackage.js';
import { plugInEnd, strayPlugInError } from './plugIns/fault.js';
import { EXIT } from './verbs/contract.js';

/** The exit code of each kind of error; a graph that cannot be traced is a bug of this package. */
const EXIT_OF: Readonly<Record<ErrorCode, number>> = {
  CONFIG: EXIT.user,
  SHAPE: EXIT.user,
  PLUG_IN: EXIT.user,
  ENGINE: EXIT.user,
  DATA: EXIT.data,
  CHECKPOINT: EXIT.data,
  NON_FINITE: EXIT.nonFinite,
  TRACE: EXIT.ours,
};

/** The exit code of an error's code; that of an internal error for one that is not known. */
export function exitOf(code: string | undefined): number {
  const known: Readonly<Record<string, number>> = EXIT_OF;
  return code !== undefined && Object.hasOwn(known, code) ? (known[code] ?? EXIT.ours) : EXIT.ours;
}

/** A command line that cannot be read; already in the project's message form. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What to do about an internal error. */
export function reportAdvice(): string {
  return `pavlov: internal error; please report it at ${ownPackage().bugs.url}`;
}

const known = (error: PavlovError): Failure => ({
  code: error.code,
  message: error.message,
  exitCode: EXIT_OF[error.code],
});

/**
 * The message and exit code of anything thrown: errors of this project as they are, those of a user's own code, of the
 * system and of packages translated, and the stack for what is left, which is a bug of this package.
 */
export function explain(error: unknown): Failure {
  if (error instanceof UsageError) return { code: 'USAGE', message: error.message, exitCode: EXIT.user };
  if (error instanceof PavlovError) return known(error);
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', message: String(error), exitCode: EXIT.ours };
  if (error instanceof Interruption)
    return { code: 'INTERRUPTED', message: error.message, exitCode: error.exitCode };
  if (error instanceof EarlyEnd) {
    const ending = plugInEnd(error);
    if (ending) return known(ending);
  }
  const foreign = foreignFailure(error);
  if (foreign) return foreign;
  const theirs = strayPlugInError(error);
  if (theirs) return known(theirs);
  return { code: 'UNEXPECTED', message: error.stack ?? error.message, exitCode: EXIT.ours };
}

/** Commander's own wording of each usage error, and ours. */
const USAGE_FORMS: readonly (readonly [RegExp, (where: string, parts: readonly string[]) => string])[] = [
  [/^unknown option '(.+)'$/, (where, [flag]) => `${where}: unknown option '${flag ?? ''}'`],
  [/^unknown command '(.+)'$/, (where, [verb]) => `${where}: unknown command '${verb ?? ''}'`],
  [/^missing required argument '(.+)'$/, (where, [name]) => `${where}: missing argument <${name ?? ''}>`],
  [/^option '(.+)' argument missing$/, (where, [flag]) => `${where}: '${flag ?? ''}' needs a value`],
  [/^required option '(.+)' not specified$/, (where, [flag]) => `${where}: '${flag ?? ''}' is required`],
  [
    /^option '(.+)' cannot be used with option '(.+)'$/,
    (where, [a, b]) => `${where}: '${a ?? ''}' and '${b ?? ''}' exclude each other`,
  ],
  [
    /^too many arguments(?: for '.+')?\. Expected (\d+) arguments? but got (\d+)\.$/,
    (where, [wanted, got]) => `${where}: expected ${wanted ?? ''} arguments, got ${got ?? ''}`,
  ],
];

/** Commander's message in the project's form: `<where>: <what is wrong>; <what to do>`. */
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
