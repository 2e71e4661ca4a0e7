import { silu } from '../../ops/silu.js';
import { tf, type Tensor } from '../../core/tf.js';
import type { LearningRule, Normalisation } from '../../rules/contract.js';
import { HEAD_OPTION_DEFAULTS, type FeatureMap, type HeadNorm, type HeadOptions } from '../headDefaults.js';
import { absentOr, type Fields, flag, nullOr, oneOf, wholeFrom } from '../faults.js';

/** The feature maps by name. Shapes: any, kept. */
export const featureMaps: Readonly<Record<FeatureMap, (x: Tensor) => Tensor>> = {
  identity: (x) => x,
  silu: (x) => silu(x),
  'elu+1': (x) => tf.add(tf.elu(x), 1),
  relu: (x) => tf.relu(x),
};

const NORMALISATIONS = ['unit', 'scaled', 'none'] as const satisfies readonly Normalisation[];

/** The words for each. */
export const HEAD_NORMS: readonly HeadNorm[] = ['rule', ...NORMALISATIONS];

/** The check of each option. */
export const HEAD_OPTION_FIELDS = {
  featureMap: oneOf(Object.keys(featureMaps)),
  queryNorm: oneOf(HEAD_NORMS),
  keyNorm: oneOf(HEAD_NORMS),
  keyValueHeads: nullOr(wholeFrom(1)),
  momentumShift: flag,
} as const satisfies Fields;

/** The same where an option may be left out. */
export const OPTIONAL_HEAD_FIELDS: Fields = Object.fromEntries(
  Object.entries(HEAD_OPTION_FIELDS).map(([name, check]) => [name, absentOr(check)]),
);

/** The options of a larger config, those left out at their defaults. */
export function headOptionsOf(config: Partial<HeadOptions>): HeadOptions {
  const names = Object.keys(HEAD_OPTION_DEFAULTS) as (keyof HeadOptions)[]; // its own keys
  const given = names.filter((name) => config[name] !== undefined).map((name) => [name, config[name]]);
  return { ...HEAD_OPTION_DEFAULTS, ...(Object.fromEntries(given) as Partial<HeadOptions>) }; // as they were
}

/** A setting that does not go with another, and why. */
export interface OptionFault {
  readonly field: keyof HeadOptions;
  readonly message: string;
}

/** Heads share memories in groups of one size. */
export function sharingFaults(
  { keyValueHeads }: Pick<HeadOptions, 'keyValueHeads'>,
  heads: number,
): OptionFault[] {
  if (keyValueHeads === null || heads % keyValueHeads === 0) return [];
  const message =
    `expected a divisor of the ${heads} heads, or null for one a head, got ${keyValueHeads}; ` +
    `heads that share a memory come in groups of one size`;
  return [{ field: 'keyValueHeads', message }];
}

/** A rule that asks for unit keys is stable with those only. */
function keyFaults({ keyNorm }: HeadOptions, rule: LearningRule): OptionFault[] {
  if (rule.normalise.k !== 'unit' || keyNorm === 'rule' || keyNorm === 'unit') return [];
  const { stability } = rule;
  const bound = stability ? `its bound, ${stability.quantity} <= ${stability.bound},` : 'its stability';
  const message = `expected rule | unit with rule '${rule.name}', got '${keyNorm}'; ${bound} needs keys of unit length`;
  return [{ field: 'keyNorm', message }];
}

/** The options of a head that do not go with its number of heads or its rule. */
export function headOptionFaults(options: HeadOptions, heads: number, rule: LearningRule): OptionFault[] {
  return [...sharingFaults(options, heads), ...keyFaults(options, rule)];
}
