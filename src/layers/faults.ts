import { ConfigError, suggest } from '../core/errors.js';
import { shown } from '../core/text.js';

/** What is wrong with a value at `path`, in the form of every message. */
type Check = (value: unknown, path: string) => string[];

/** The fields an object of settings may have, each with its check. */
export type Fields = Readonly<Record<string, Check>>;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function expectation(holds: (value: unknown) => boolean, expected: string): Check {
  return (value, path) => (holds(value) ? [] : [`${path}: expected ${expected}, got ${shown(value)}`]);
}

/** A whole number of at least `least`. */
export const wholeFrom = (least: number): Check =>
  expectation(
    (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= least,
    `a whole number of at least ${least}`,
  );

/** A finite number above 0. */
export const positive: Check = expectation(
  (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  'a number above 0',
);

/** A boolean. */
export const flag: Check = expectation((value) => typeof value === 'boolean', 'true or false');

/** One of a few words, with a suggestion when it is near one. */
export const oneOf =
  (words: readonly string[]): Check =>
  (value, path) => {
    if (typeof value === 'string' && words.includes(value)) return [];
    const hint = typeof value === 'string' ? suggest(value, words) : '';
    return [`${path}: expected one of ${words.join(' | ')}, got ${shown(value)}${hint}`];
  };

/** A name in a registry, which may grow: the names are those at the time of the check. */
export const nameIn =
  (table: Readonly<Record<string, unknown>>): Check =>
  (value, path) =>
    oneOf(Object.keys(table))(value, path);

/** `null`, or what the check takes. */
export const nullOr =
  (check: Check): Check =>
  (value, path) =>
    value === null ? [] : check(value, path);

/** Nothing, or what the check takes. */
export const absentOr =
  (check: Check): Check =>
  (value, path) =>
    value === undefined ? [] : check(value, path);

/** An object of numbers and strings, checked by whoever knows its names. */
export const knobs: Check = expectation(
  (value) =>
    isRecord(value) && Object.values(value).every((v) => typeof v === 'number' || typeof v === 'string'),
  'an object of numbers and strings',
);

/** Every fault of an object of settings: fields that are unknown, missing or wrong. */
export function faultsOf(value: unknown, fields: Fields, where: string): string[] {
  if (!isRecord(value)) return [`${where}: expected an object, got ${shown(value)}`];
  const names = Object.keys(fields);
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(fields, name));
  return [
    ...unknown.map(
      (name) =>
        `${where}.${name}: expected one of ${names.join(' | ')}, got '${name}'${suggest(name, names)}`,
    ),
    ...Object.entries(fields).flatMap(([name, check]) => check(value[name], `${where}.${name}`)),
  ];
}

/**
 * Throws when there are faults.
 *
 * @throws ConfigError with one fault a line.
 */
export function throwFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
}

/** The message of a ConfigError that `check` throws, as a list. */
export function caughtFaults(check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [error.message];
    throw error;
  }
}
