import { z } from 'zod';
import { ConfigError, suggest } from './errors.js';
import { newPathOf, renamedMessage } from './renamed.js';
import { shown } from './text.js';
import { valueAt } from './valueAt.js';

/** A whole number of at least 1. */
export const count = z.int().min(1);

/** A whole number of at least 0. */
export const natural = z.int().min(0);

/** A number above 0. */
export const above0 = z.number().gt(0);

/** Parameters of a rule or gate by name, checked by whoever knows their names. */
export const params = z.record(z.string(), z.union([z.number(), z.string()]));

/** Tables that may grow, by the schema of a name in them. */
const growing = new Map<z.core.$ZodType, Readonly<Record<string, unknown>>>();

/** A name of ours, which an editor completes, or one that was registered. */
export type Known<Name extends string> = Name | (string & Record<never, never>);

/** A name in a table that may grow: the names are those at the time of the check. */
export function nameIn<Name extends string>(table: Readonly<Record<string, unknown>>, meaning: string) {
  const schema: z.ZodType<Known<Name>, Known<Name>> = z
    .string()
    .check(({ value, issues }) => {
      if (Object.hasOwn(table, value)) return;
      issues.push({ code: 'invalid_value', values: Object.keys(table).sort(), input: value });
    })
    .describe(meaning);
  growing.set(schema, table);
  return schema;
}

/** JSON Schema (draft 2020-12) of a schema, with the names that tables have now. */
export function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    override({ zodSchema, jsonSchema }) {
      const table = growing.get(zodSchema);
      if (table) jsonSchema.enum = Object.keys(table).sort();
    },
  });
}

/** One thing that is wrong with a value, and where. */
export interface Issue {
  readonly path: readonly PropertyKey[];
  /** `expected ..., got ...`. */
  readonly message: string;
}

/** A path as users write it: `config.train.steps`. */
export function pathText(where: string, path: readonly PropertyKey[]): string {
  return [where, ...path.map(String)].join('.');
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

type ZodIssue = z.core.$ZodIssue;

/** What zod expected, in words. */
function expectation(issue: ZodIssue, value: unknown): Expectation {
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

/** The names of the fields that a schema has at a path; none where it has no object there. */
function namesAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.core.$ZodType | undefined = schema;
  for (const key of [...path, undefined]) {
    while (at && 'innerType' in at._zod.def) at = at._zod.def.innerType as z.core.$ZodType;
    if (at instanceof z.ZodObject) {
      if (key === undefined) return Object.keys(at.shape);
      at = at.shape[String(key)] as z.core.$ZodType | undefined;
    } else at = at instanceof z.ZodArray ? at.element : undefined;
  }
  return [];
}

function issuesOfOne(schema: z.core.$ZodType, issue: ZodIssue, value: unknown): Issue[] {
  if (issue.code === 'unrecognized_keys') {
    const names = namesAt(schema, issue.path);
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const expected = `expected one of ${names.join(' | ')}, got '${key}'${suggest(key, names)}`;
      return { path, message: renamedMessage(path) ?? expected };
    });
  }
  const found = valueAt(value, issue.path);
  const { expected, hint } = expectation(issue, found);
  return [{ path: issue.path, message: `expected ${expected}, got ${shown(found)}${hint}` }];
}

/** The key that zod passes over in a record, wherever a value has it as a key of its own: no setting is called so. */
export function hiddenKeys(value: unknown, path: readonly PropertyKey[] = []): Issue[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) =>
    key === '__proto__'
      ? [{ path: [...path, key], message: `expected the name of a setting, got '${key}'; leave it out` }]
      : hiddenKeys(valueAt(value, [key]), [...path, key]),
  );
}

/** What a schema says of a value, in words. A setting that is missing because it stands under its old name is told once. */
export function issuesOf(schema: z.core.$ZodType, error: z.core.$ZodError, value: unknown): Issue[] {
  const issues = error.issues.flatMap((issue) => issuesOfOne(schema, issue, value));
  const renamed = new Set(issues.map(({ path }) => newPathOf(path)));
  return issues.filter(({ path }) => !renamed.has(path.join('.')) || valueAt(value, path) !== undefined);
}

/** Issues as the lines of a message: `config.train.steps: expected ..., got ...`. */
export function issueLines(where: string, issues: readonly Issue[]): string[] {
  return issues.map(({ path, message }) => `${pathText(where, path)}: ${message}`);
}

/**
 * Throws when there are issues.
 *
 * @throws ConfigError with one issue a line.
 */
export function throwIssues(where: string, issues: readonly Issue[]): void {
  if (issues.length > 0) throw new ConfigError(issueLines(where, issues).join('\n'));
}

/**
 * A value as a schema has it, with defaults filled in.
 *
 * @throws ConfigError with every issue and its path, one a line.
 */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: string,
): z.output<Schema> {
  throwIssues(where, hiddenKeys(value));
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throwIssues(where, issuesOf(schema, result.error, value));
  throw result.error; // unreachable: an error has an issue
}
