import { ConfigError } from '../../src/core/errors.js';
import { type Params, numberParam, resolveParams } from '../../src/core/params.js';
import type { Task } from './contract.js';

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
