import { silu } from '../../core/ops/silu.js';
import { tf, type Tensor } from '../../core/tf.js';
import type { LearningRule, Normalisation } from '../../rules/contract.js';
import { absentOr, type Fields, flag, nullOr, oneOf, wholeFrom } from '../faults.js';

/** What becomes of queries and keys before they are normalised, channel by channel. */
export type FeatureMap = 'identity' | 'silu' | 'elu+1' | 'relu';

/** The feature maps by name. Shapes: any, kept. */
export const featureMaps: Readonly<Record<FeatureMap, (x: Tensor) => Tensor>> = {
  identity: (x) => x,
  silu: (x) => silu(x),
  'elu+1': (x) => tf.add(tf.elu(x), 1),
  relu: (x) => tf.relu(x),
};

const NORMALISATIONS = ['unit', 'scaled', 'none'] as const satisfies readonly Normalisation[];

/** How queries or keys are normalised: as the rule asks, or as one says. */
export type HeadNorm = 'rule' | Normalisation;

/** The words for each. */
export const HEAD_NORMS: readonly HeadNorm[] = ['rule', ...NORMALISATIONS];

/** What a head does with its queries and keys before the rule sees them, and who shares a memory. */
export interface HeadOptions {
  /** Feature map of queries and keys, in conditioning heads. */
  readonly featureMap: FeatureMap;
  /** Normalisation of queries, in conditioning heads. */
  readonly queryNorm: HeadNorm;
  /** Normalisation of keys, in conditioning heads; one that its rule cannot bear is refused. */
  readonly keyNorm: HeadNorm;
  /** Memories M of a block, each read by heads / M queries; null for one a head. */
  readonly keyValueHeads: number | null;
  /** Whether the query is q + gamma (q_t - q_{t-1}), gamma learned for each head from 0. */
  readonly momentumShift: boolean;
}

/** The head as it is when nothing is said. */
export const HEAD_OPTION_DEFAULTS: HeadOptions = {
  featureMap: 'silu',
  queryNorm: 'rule',
  keyNorm: 'rule',
  keyValueHeads: null,
  momentumShift: false,
};

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
