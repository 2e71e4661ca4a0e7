import type { Params } from '../../../src/core/params.js';
import type { LabSetting } from '../setting.js';

/** Values of the readings of one phenomenon by their names; a reading may be left out. */
export type Predicted = Readonly<Record<string, number>>;

/** One stored pair of the capacity experiment: what its expected error depends on. */
export interface CapacityCase {
  /** Pairs stored, N. */
  readonly pairs: number;
  /** Key and value dimension. */
  readonly K: number;
  readonly V: number;
  /** Mean cosine c of two keys. */
  readonly correlation: number;
  readonly beta: number;
  /** What the memory keeps a write, gamma. */
  readonly decay: number;
  /** Pairs stored after this one, m. */
  readonly age: number;
}

/** One layer of the chained retrieval experiment. */
interface DepthCase {
  readonly pairs: number;
  readonly heads: number;
  /** Key dimension of a head. */
  readonly K: number;
  /** Dimension of the codes. */
  readonly width: number;
}

/** What theory says of one rule in closed form; whatever it does not say is left out. */
export interface Predictions {
  /** By phenomenon name. */
  readonly conditioning?: Readonly<Record<string, (setting: LabSetting, params: Params) => Predicted>>;
  /** Expected `|S k_j - v_j|^2` for unit values; undefined where it has no closed form. */
  readonly capacity?: (at: CapacityCase, params: Params) => number | undefined;
  /** Growth `s^2` of the squared error a layer, `eps_L^2 = (1 + s^2)^L - 1`. */
  readonly depth?: (at: DepthCase) => number;
  /** The largest value of the rule's stability quantity that stays bounded for ever on one repeated trial. */
  readonly stability?: (decay: number) => number;
}
