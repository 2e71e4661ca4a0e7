import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../../src/core/errors.js';
import { isObject } from '../../src/core/isObject.js';
import { valueAt } from '../../src/core/valueAt.js';

/** A config not yet checked: what JSON or YAML can hold. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** One config over another: objects by field, all else replaced. */
export function merge(under: RawConfig, over: RawConfig): RawConfig {
  const merged = Object.entries(over).map(([key, value]) => {
    const before = valueAt(under, [key]);
    return [key, isObject(value) && isObject(before) ? merge(before, value) : value] as const;
  });
  return Object.fromEntries([...Object.entries(under), ...merged]);
}

/** Parameters that belong to the choice beside them, and are dropped when a later layer chooses another. */
const PARAMETERS_OF_CHOICE = [
  ['model', 'rule', 'ruleParams'],
  ['model', 'gate', 'gateParams'],
  ['model', 'mixer', 'mixerOptions'],
  ['optimizer', 'name', 'params'],
] as const;

/**
 * One layer of a run config over those before it. As `merge`, and:
 * a layer that sets one of the budgets clears the others; one that chooses another rule, gate, mixer or optimizer clears its parameters.
 *
 * @param budgets the fields of `train` that say how long a run is, one of them at a time.
 */
export function applyLayer(under: RawConfig, layer: RawConfig, budgets: readonly string[]): RawConfig {
  let base = under;
  const given = budgets.filter((name) => (valueAt(layer, ['train', name]) ?? null) !== null);
  if (given.length > 0)
    base = merge(base, { train: Object.fromEntries(budgets.map((name) => [name, null])) });
  for (const [group, choice, field] of PARAMETERS_OF_CHOICE) {
    const part = base[group];
    const chosen = valueAt(layer, [group, choice]);
    if (!isObject(part) || chosen === undefined || isDeepStrictEqual(chosen, part[choice])) continue;
    base = { ...base, [group]: { ...part, [field]: {} } };
  }
  return merge(base, layer);
}

/** A config that holds one value at a path. */
export function nest(path: readonly string[], value: unknown): RawConfig {
  const nested = path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value);
  if (isObject(nested)) return nested;
  throw new ConfigError('config: expected a path with at least one name, got none');
}
