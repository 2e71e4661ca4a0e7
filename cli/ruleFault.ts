import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuleError, ShapeError } from '../src/core/errors.js';
import { RULE_MARK } from './ruleMark.js';

/** The innermost place in a rule's own files, such as `my-rule.ts:12:9`; from the working folder where it lies in it. */
function placeOf({ stack = '' }: Error): string | undefined {
  for (const frame of stack.split('\n')) {
    const [url = '', rest = ''] = frame.split(RULE_MARK);
    const file = /file:\/\/.*$/.exec(url)?.[0];
    const position = /:\d+:\d+(?=\)?$)/.exec(rest)?.[0];
    if (file === undefined || position === undefined) continue;
    const path = fileURLToPath(file);
    const near = relative('.', path);
    return `${near.startsWith('..') || isAbsolute(near) ? path : near}${position}`;
  }
  return undefined;
}

/** What a rule of the user's own threw, told as its own: what was asked of it, what came, where in its file. */
export function ruleError(path: string, what: string, cause: unknown): RuleError {
  const place = cause instanceof Error ? placeOf(cause) : undefined;
  const got = cause instanceof ShapeError ? cause.message : `expected ${what} to run, got ${String(cause)}`;
  return new RuleError(`rule file ${place ?? path}: ${got}; run 'pavlov check-rule ${path}'`, { cause });
}

/** The same of an error that went past all that calls rules, such as one in a gradient; undefined for any other. */
export function strayRuleError(error: Error): RuleError | undefined {
  const path = placeOf(error)?.replace(/:\d+:\d+$/, '');
  return path === undefined ? undefined : ruleError(path, 'the rule', error);
}
