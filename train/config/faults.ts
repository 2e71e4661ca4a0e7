import type { z } from 'zod';
import { suggest } from '../../src/core/errors.js';
import { newPathOf, renamedMessage } from '../../src/core/renamed.js';
import { isObject, valueAt, type RawConfig } from './layers.js';

type Issue = z.core.$ZodIssue;

/** One thing that is wrong, and where. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  /** `expected ..., got ...`. */
  readonly message: string;
}

/** A path as users write it: `config.train.steps`. */
export function pathText(path: readonly PropertyKey[]): string {
  return ['config', ...path.map(String)].join('.');
}

/** Characters of a value in a message, at most. */
const LONGEST_SHOWN = 200;

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (value === undefined) return 'nothing';
  // JSON has neither NaN nor infinity.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
}

const describeType: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  object: 'a group of settings',
  record: 'a group of settings',
  array: 'a list',
};

interface Expectation {
  readonly expected: string;
  /** A suggestion, where a word was nearly right. */
  readonly hint: string;
}

/** What zod expected, in words. */
function expectation(issue: Issue, value: unknown): Expectation {
  if (issue.code === 'invalid_type')
    return { expected: describeType[issue.expected] ?? issue.expected, hint: '' };
  if (issue.code === 'invalid_value') {
    const words = issue.values.map(String);
    return { expected: `one of ${words.join(' | ')}`, hint: suggest(String(value), words) };
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') return { expected: bound(issue), hint: '' };
  if (issue.code === 'invalid_union') {
    const options = issue.errors.flat().map((one) => expectation(one, value));
    const hint = options.map((option) => option.hint).find((text) => text !== '') ?? '';
    return { expected: options.map((option) => option.expected).join(', or '), hint };
  }
  return { expected: issue.message, hint: '' };
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const { origin } = issue;
  const isLow = issue.code === 'too_small';
  const limit = String(isLow ? issue.minimum : issue.maximum);
  const exclusive = isLow ? 'above' : 'below';
  const relation = issue.inclusive === false ? exclusive : `of at ${isLow ? 'least' : 'most'}`;
  if (origin === 'string') return 'a text that is not empty';
  if (origin === 'array') return `a list ${relation} ${limit} items`;
  return `${describeType[origin] ?? 'a number'} ${relation} ${limit}`;
}

/** What an issue of zod says, one fault for each unknown key. */
function faultsOfIssue(issue: Issue, config: RawConfig, known: RawConfig): readonly Fault[] {
  if (issue.code === 'unrecognized_keys') {
    const group = valueAt(known, issue.path);
    const names = isObject(group) ? Object.keys(group) : [];
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const expected = `expected one of ${names.join(' | ')}, got '${key}'${suggest(key, names)}`;
      return { path, message: renamedMessage(path) ?? expected };
    });
  }
  const value = valueAt(config, issue.path);
  const { expected, hint } = expectation(issue, value);
  return [{ path: issue.path, message: `expected ${expected}, got ${show(value)}${hint}` }];
}

/** What the issues of zod say. A setting that is missing because it stands under its old name is told once. */
export function faultsOf(issues: readonly Issue[], config: RawConfig, known: RawConfig): readonly Fault[] {
  const faults = issues.flatMap((issue) => faultsOfIssue(issue, config, known));
  const renamed = new Set(faults.map(({ path }) => newPathOf(path)));
  return faults.filter(({ path }) => !renamed.has(path.join('.')) || valueAt(config, path) !== undefined);
}
