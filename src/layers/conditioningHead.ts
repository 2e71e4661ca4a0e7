import type { Tensor } from '../core/tf.js';
import { type Fields, flag, knobs, nameIn, positive, wholeFrom } from './faults.js';
import { conditioningHead } from './functions/conditioningHead.js';
import {
  type ConditioningOptions,
  conditioningHeadSpecs,
  type HeadPlan,
  planHead,
} from './functions/headPlan.js';
import { HEAD_OPTION_FIELDS } from './functions/headOptions.js';
import { HEAD_OPTION_DEFAULTS } from './headDefaults.js';
import { gates } from '../gates/registry.js';
import { type LayerArgs, PavlovLayer, registerLayer } from './pavlovLayer.js';
import { rules } from '../rules/registry.js';
import type { Weights, WeightSpec } from './weights.js';

/** Settings of a conditioning head that have defaults, but for the rule's and gate's own. */
export const HEAD_DEFAULTS = {
  ...HEAD_OPTION_DEFAULTS,
  convolution: 4,
  outputGate: true,
  ruleParams: {},
  gateParams: {},
  chunkSize: 32,
  normEpsilon: 1e-6,
  layer: 0,
  layers: 1,
  outputScale: 1,
} as const satisfies Partial<ConditioningOptions>;

/** The check of each setting of a conditioning head. */
export const HEAD_FIELDS: Fields = {
  heads: wholeFrom(1),
  keySize: wholeFrom(1),
  valueSize: wholeFrom(1),
  convolution: wholeFrom(0),
  outputGate: flag,
  rule: nameIn(rules),
  ruleParams: knobs,
  gate: nameIn(gates),
  gateParams: knobs,
  chunkSize: wholeFrom(1),
  normEpsilon: positive,
  layer: wholeFrom(0),
  layers: wholeFrom(1),
  outputScale: positive,
  ...HEAD_OPTION_FIELDS,
};

type Needed = Pick<ConditioningOptions, 'heads' | 'keySize' | 'valueSize' | 'rule' | 'gate'>;

/**
 * Heads that each hold an associative memory, written by a learning rule and forgetting by a gate.
 *
 *   q, k = map(conv(x W_qk)) normalised,   v = silu(conv(x W_v)) normalised
 *   o = S q,   y = (rms(o) gain silu(x W_gate)) W_out
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; the memory restarts at a document boundary.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 * Source: Qiao 2025, arXiv:2508.08289.
 */
export class ConditioningHead extends PavlovLayer<ConditioningOptions> {
  static override readonly className = 'PavlovConditioningHead';
  static override readonly fields: Fields = HEAD_FIELDS;
  readonly plan: HeadPlan;

  constructor(args: Partial<ConditioningOptions> & Needed & LayerArgs & { readonly seed?: number }) {
    super(args, HEAD_DEFAULTS);
    this.plan = planHead(this.options, ConditioningHead.className);
  }

  protected override specsFor(width: number): WeightSpec[] {
    return conditioningHeadSpecs(this.plan, width);
  }

  protected override body(weights: Weights, x: Tensor, documents?: Tensor): Tensor {
    return conditioningHead(weights, this.plan, x, documents);
  }
}

registerLayer(ConditioningHead);
