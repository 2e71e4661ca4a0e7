import type { Normalisation } from '../rules/contract.js';

/** What becomes of queries and keys before they are normalised, channel by channel. */
export type FeatureMap = 'identity' | 'silu' | 'elu+1' | 'relu';

/** How queries or keys are normalised: as the rule asks, or as one says. */
export type HeadNorm = 'rule' | Normalisation;

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
