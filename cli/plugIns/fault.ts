import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlugInError, ShapeError } from '../../src/core/errors.js';
import type { PlugInKind } from '../../src/core/registry.js';
import type { EarlyEnd } from '../ending.js';
import { MARK } from './mark.js';

/** What is of the user's own: its kind and its file as it was given. */
export interface OwnPart {
  readonly kind: PlugInKind;
  readonly path: string;
}

/** The innermost place in a plug-in's own files, such as `my-rule.ts:12:9`; from the working folder where it lies in it. */
function placeOf({ stack = '' }: Error): string | undefined {
  for (const frame of stack.split('\n')) {
    const [url = '', rest = ''] = frame.split(MARK);
    const file = /file:\/\/.*$/.exec(url)?.[0];
    const position = /:\d+:\d+(?=\)?$)/.exec(rest)?.[0];
    if (file === undefined || position === undefined) continue;
    const path = fileURLToPath(file);
    const near = relative('.', path);
    return `${near.startsWith('..') || isAbsolute(near) ? path : near}${position}`;
  }
  return undefined;
}

/** What of the user's own is awaited, the last asked for last: a promise that never settles may end the process. */
const awaited: string[] = [];

/** The same promise, remembered while it is pending as what such a part was asked for. */
export async function whileAwaited<T>(whose: string, promise: Promise<T>): Promise<T> {
  awaited.push(whose);
  try {
    return await promise;
  } finally {
    awaited.splice(awaited.lastIndexOf(whose), 1);
  }
}

/** An early end of the process that code of the user's own has brought about, told as its own; undefined for any other. */
export function plugInEnd(error: EarlyEnd): PlugInError | undefined {
  const place = placeOf(error);
  if (place !== undefined) {
    return new PlugInError(
      `your code in ${place}: expected it to return or to throw an error, got a call that ends the process`,
      { cause: error },
    );
  }
  const last = awaited.at(-1);
  if (last === undefined) return undefined;
  return new PlugInError(
    `${last}: expected a promise that settles, got one that nothing can settle any more; check what it awaits`,
    { cause: error },
  );
}

/** Kinds that a verb checks. */
const CHECKED: ReadonlySet<PlugInKind> = new Set(['rule', 'gate', 'mixer', 'task', 'probe', 'optimizer']);

function fault(whose: string, what: string, cause: unknown, advice: string): PlugInError {
  const got = cause instanceof ShapeError ? cause.message : `expected ${what} to run, got ${String(cause)}`;
  return new PlugInError(`${whose}: ${got}${advice}`, { cause });
}

/** What a part of the user's own threw, told as its own: what was asked of it, what came, where in its file. */
export function plugInError({ kind, path }: OwnPart, what: string, cause: unknown): PlugInError {
  const place = cause instanceof Error ? placeOf(cause) : undefined;
  const advice = CHECKED.has(kind) ? `; run 'pavlov check-${kind} ${path}'` : '';
  return fault(`the ${kind} of ${place ?? path}`, what, cause, advice);
}

/** The same of an error that went past all that calls plug-ins, such as one in a gradient; undefined for any other. */
export function strayPlugInError(error: Error): PlugInError | undefined {
  const place = placeOf(error);
  return place === undefined ? undefined : fault(`your code in ${place}`, 'it', error, '');
}
