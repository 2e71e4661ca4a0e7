import { suggest } from './errors.js';
import { isObject } from './isObject.js';
import { shown } from './text.js';

/** What is wrong with a value at a path, one message each. */
export type FormCheck = (value: unknown, path: string) => readonly string[];

/** A value of which something holds, and the words for it. */
export function test(holds: (value: unknown) => boolean, expected: string): FormCheck {
  return (value, path) => (holds(value) ? [] : [`${path}: expected ${expected}, got ${shown(value)}`]);
}

export const text = test(
  (value) => typeof value === 'string' && value.trim().length > 4,
  'a text of some words',
);
export const someText = test((value) => typeof value === 'string' && value !== '', 'a text');
export const method = test((value) => typeof value === 'function', 'a function');
export const finite = test((value) => typeof value === 'number' && Number.isFinite(value), 'a finite number');
export const flag = test((value) => typeof value === 'boolean', 'true or false');

/** A name as registries take it. */
export const word = test(
  (value) => typeof value === 'string' && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value),
  'a name of small letters, digits and single hyphens, such as my-rule',
);

export function oneOf(words: readonly string[]): FormCheck {
  return test((value) => typeof value === 'string' && words.includes(value), `one of ${words.join(' | ')}`);
}

export function optional(check: FormCheck): FormCheck {
  return (value, path) => (value === undefined ? [] : check(value, path));
}

/** An object of these fields and no others. */
export function fields(checks: Readonly<Record<string, FormCheck>>): FormCheck {
  const names = Object.keys(checks);
  return (value, path) => {
    if (!isObject(value)) return [`${path}: expected an object, got ${shown(value)}`];
    const unknown = Object.keys(value).filter((name) => !Object.hasOwn(checks, name));
    return [
      ...unknown.map((name) => {
        return `${path}.${name}: expected one of ${names.join(' | ')}, got '${name}'${suggest(name, names)}`;
      }),
      ...Object.entries(checks).flatMap(([name, check]) => check(value[name], `${path}.${name}`)),
    ];
  };
}

/** An object of any names, each value checked alike. */
export function entries(check: FormCheck): FormCheck {
  return (value, path) => {
    if (!isObject(value)) return [`${path}: expected an object, got ${shown(value)}`];
    return Object.entries(value).flatMap(([name, entry]) => check(entry, `${path}.${name}`));
  };
}

/** A list of at least so many entries, each checked alike. */
export function list(check: FormCheck, least = 0): FormCheck {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < least) {
      const size = least > 0 ? ` of at least ${least}` : '';
      return [`${path}: expected a list${size}, got ${shown(value)}`];
    }
    return value.flatMap((entry, i) => check(entry, `${path}[${i}]`));
  };
}

/** The second check where the first finds nothing. */
export function both(first: FormCheck, second: FormCheck): FormCheck {
  return (value, path) => {
    const issues = first(value, path);
    return issues.length > 0 ? issues : second(value, path);
  };
}

const range = test((value) => {
  const [low, high] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
  return Number.isFinite(low) && Number.isFinite(high) && Number(low) < Number(high);
}, 'two finite numbers [low, high] with low < high');

const words = test(
  (value) =>
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((entry) => typeof entry === 'string' && entry !== ''),
  'a list of at least two words',
);

/** A parameter: a number needs a range that holds its default, a word needs choices that do. */
export function parameter(more: Readonly<Record<string, FormCheck>> = {}): FormCheck {
  return (value, path) => {
    if (!isObject(value)) return [`${path}: expected an object, got ${shown(value)}`];
    const isWord = typeof value.default === 'string';
    const shape = fields({
      default: isWord ? someText : finite,
      ...(isWord ? { choices: words } : { range, whole: optional(flag) }),
      unit: optional(someText),
      doc: text,
      ...more,
    });
    return both(shape, isWord ? defaultAmongChoices : defaultInRange)(value, path);
  };
}

// The casts below: each follows a check of just that shape.
const defaultInRange: FormCheck = (value, path) => {
  const spec = value as { readonly default: number; readonly range: readonly [number, number] };
  const [low, high] = spec.range;
  if (low <= spec.default && spec.default <= high) return [];
  return [`${path}.default: expected a number from ${low} to ${high}, got ${spec.default}`];
};

const defaultAmongChoices: FormCheck = (value, path) => {
  const spec = value as { readonly default: string; readonly choices: readonly string[] };
  return oneOf(spec.choices)(spec.default, `${path}.default`);
};
