import { ConfigError } from '../../src/core/errors.js';
import { type Params, numberParam, resolveParams } from '../../src/core/params.js';
import type { Recipe, SettingSpec, Task } from './contract.js';

/**
 * The settings of a task: those given, checked, over its defaults.
 *
 * @throws ConfigError for an unknown name (with the nearest), a value out of range or not whole where it must be,
 *   and for settings that do not go together, all of them in one message.
 */
export function resolveSettings(task: Task, given: Params, where = `tasks.${task.name}`): Params {
  const settings = resolveParams(task.settings, given, where);
  for (const [name, spec] of Object.entries(task.settings)) {
    const value = settings[name];
    if (typeof value === 'number' && spec.real !== true && !Number.isSafeInteger(value))
      throw new ConfigError(`${where}.${name}: expected a whole number, got ${value}; round it`);
  }
  const faults = task.check(settings);
  if (faults.length > 0)
    throw new ConfigError(faults.map((fault) => `${where}: expected ${fault}`).join('\n'));
  return settings;
}

/** The numbers of resolved settings by name, for a task's own use. */
export function numbersOf<const N extends string>(
  settings: Params,
  ...names: readonly N[]
): Record<N, number> {
  // Object.fromEntries forgets the names; these are exactly the ones asked for.
  return Object.fromEntries(names.map((name) => [name, numberParam(settings, name)])) as Record<N, number>;
}

/** Makes settings that count something: `whole('pairs')(4, [1, 4096], 'keys with a value')`. */
export const whole =
  (unit: string) =>
  (value: number, range: readonly [number, number], doc: string, source?: string): SettingSpec => ({
    default: value,
    range,
    unit,
    doc,
    ...(source !== undefined && { source }),
  });

/** A setting that counts tokens. */
export const tokens = whole('tokens');

/** A setting that need not be whole. */
export function real(
  value: number,
  range: readonly [number, number],
  doc: string,
  source?: string,
): SettingSpec {
  return { default: value, range, real: true, doc, ...(source !== undefined && { source }) };
}

/** A setting that is one of some words; the first is the default. */
export function oneOf(choices: readonly [string, ...string[]], doc: string, source?: string): SettingSpec {
  return { default: choices[0], choices, doc, ...(source !== undefined && { source }) };
}

type ModelOfRecipe = Pick<
  Recipe,
  | 'layers'
  | 'width'
  | 'heads'
  | 'keySize'
  | 'mlp'
  | 'convolution'
  | 'mixer'
  | 'featureMap'
  | 'valueActivation'
>;

/** A recipe from the model that was trained and how. */
export function recipe(
  model: ModelOfRecipe,
  training: Omit<Recipe, keyof ModelOfRecipe | 'note'>,
  note?: string,
): Recipe {
  return { ...model, ...training, ...(note !== undefined && { note }) };
}
