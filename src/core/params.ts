import { ConfigError, lookUp, suggest } from './errors.js';

/** A parameter of a rule or gate. */
export interface ParamSpec {
  readonly default: number | string;
  /** Inclusive bounds of a number. */
  readonly range?: readonly [number, number];
  /** Whether a number must be whole. */
  readonly whole?: boolean;
  /** The words a string may be. */
  readonly choices?: readonly string[];
  readonly unit?: string;
  /** One line for `--help` and the docs. */
  readonly doc: string;
}

export type Params = Readonly<Record<string, number | string>>;

/** The values that parameters of these specs may be given: those left out get their defaults. */
export type ParamsOf<Specs extends Readonly<Record<string, ParamSpec>>> = {
  readonly [Name in keyof Specs]?: Specs[Name] extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : Specs[Name]['default'];
};

/** What one value of a parameter is wrong about, or `undefined` when it is right. */
function expectation(spec: ParamSpec, value: unknown): string | undefined {
  if (typeof spec.default === 'string') {
    const choices = spec.choices ?? [];
    const known = typeof value === 'string' && (choices.length === 0 || choices.includes(value));
    return known ? undefined : `one of ${choices.join(' | ')}`;
  }
  const [low, high] = spec.range ?? [-Infinity, Infinity];
  const inRange = typeof value === 'number' && value >= low && value <= high;
  const isRight = inRange && (spec.whole !== true || Number.isInteger(value));
  return isRight ? undefined : `a ${spec.whole === true ? 'whole ' : ''}number from ${low} to ${high}`;
}

/**
 * The parameters of a rule or gate: what was given, checked, over the defaults.
 *
 * @throws ConfigError for a name that does not exist (with the nearest that does), a value of the wrong type,
 *   or one out of range. `where` is the path to report, such as `config.model.ruleParams`.
 */
export function resolveParams(
  specs: Readonly<Record<string, ParamSpec>>,
  given: Params,
  where: string,
): Params {
  const names = Object.keys(specs);
  const resolved = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, spec.default]));
  for (const [name, value] of Object.entries(given)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (!spec) {
      const known = names.length > 0 ? `one of ${names.join(' | ')}` : 'no parameters';
      throw new ConfigError(`${where}: expected ${known}, got '${name}'${suggest(name, names)}`);
    }
    const expected = expectation(spec, value);
    if (expected) throw new ConfigError(`${where}.${name}: expected ${expected}, got '${value}'`);
    resolved[name] = value;
  }
  return resolved;
}

/**
 * A resolved parameter that is a number.
 *
 * @throws ConfigError when it is absent or a word: the params were not resolved against the specs.
 */
export function numberParam(params: Params, name: string): number {
  const value = params[name];
  if (typeof value === 'number') return value;
  throw new ConfigError(`params.${name}: expected a number, got '${value}'; resolve the params first`);
}

/**
 * A resolved parameter that is a word, as the entry of a table by that word.
 *
 * @throws ConfigError when it is not a key of the table: the params were not resolved against the specs.
 */
export function choiceParam<T>(params: Params, name: string, table: Readonly<Record<string, T>>): T {
  const word = params[name];
  return lookUp(`params.${name}`, table, String(word));
}
