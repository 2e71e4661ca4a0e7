import { z } from 'zod';
import { ConfigError, suggest } from './errors.js';
import { type Issue, issuesOf, issueLines } from './schema.js';

/** A schema for every option of T, no more and no fewer: of one that may be left out, an optional schema. */
type Fields<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name]
    ? z.ZodOptional<z.ZodType<Exclude<T[Name], undefined>>>
    : z.ZodType<T[Name]>;
};

/** A function, such as one that is told of events. What it takes and gives is for the compiler. */
export function callback<F>(): z.ZodType<F> {
  return z.custom<F>((value) => typeof value === 'function', 'a function');
}

/** A list, such as one of names. What is in it is for the compiler. */
export function list<L extends readonly unknown[]>(): z.ZodType<L> {
  return z.custom<L>((value) => Array.isArray(value), 'a list');
}

/** An object that is made elsewhere, such as an engine: `what` it is, in words. */
export function made<T>(what: string): z.ZodType<T> {
  return z.custom<T>((value) => typeof value === 'object' && value !== null, what);
}

/** Ends long work. */
export const signal = made<AbortSignal>('an AbortSignal').refine(
  (value) => value instanceof AbortSignal,
  'an AbortSignal',
);

function unknownOption(name: string, names: readonly string[]): string {
  const hint = suggest(name, names) || `; expected one of ${names.join(' | ')}`;
  return `unknown option '${name}'${hint}`;
}

/**
 * The check of an options object of a public function: it gives back what it was given.
 *
 * The schemas are tied to the type of the options, so that neither has an option that the other has not. An option that
 * is `undefined` counts as left out.
 *
 * @throws ConfigError (when called) with every option that is unknown, missing or wrong; `where` begins each line.
 */
export function optionsCheck<T extends object>(fields: Fields<T>) {
  const schema = z.strictObject(fields);
  const names = Object.keys(fields);
  return <Given extends T>(where: string, given: Given): Given => {
    const result = schema.safeParse(given);
    if (result.success) return given;
    const issues = result.error.issues.flatMap((issue): Issue[] =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0
        ? issue.keys.map((name) => ({ path: [], message: unknownOption(name, names) }))
        : issuesOf(schema, new z.ZodError([issue]), given),
    );
    throw new ConfigError(issueLines(where, issues).join('\n'));
  };
}
