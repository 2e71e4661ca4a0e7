import type { Tensor } from '../core/tf.js';
import { HEAD_DEFAULTS, HEAD_FIELDS } from './conditioningHead.js';
import type { Fields } from './faults.js';
import { HEAD_OPTION_DEFAULTS } from './headDefaults.js';
import { bareHead, bareHeadSpecs } from './functions/bareHead.js';
import { type ConditioningOptions, type HeadPlan, planHead } from './functions/headPlan.js';
import { type LayerArgs, PavlovLayer, registerLayer } from './pavlovLayer.js';
import type { Weights, WeightSpec } from './weights.js';

/** Settings of heads with nothing around them: those of a conditioning head without its options. */
export type BareOptions = Omit<ConditioningOptions, keyof typeof HEAD_OPTION_DEFAULTS>;

function without<T extends object>(fields: T): Omit<T, keyof typeof HEAD_OPTION_DEFAULTS> {
  const kept = Object.entries(fields).filter(([name]) => !Object.hasOwn(HEAD_OPTION_DEFAULTS, name));
  return Object.fromEntries(kept) as Omit<T, keyof typeof HEAD_OPTION_DEFAULTS>; // what is left of it
}

type Needed = Pick<ConditioningOptions, 'heads' | 'keySize' | 'valueSize' | 'rule' | 'gate'>;

/**
 * Heads with nothing around them.
 *
 *   y = (S q) W_out,   q, k, v = x W_qkv
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]. See `bareHead` in `functions`. Convolution and output gate of the options are not
 * used.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export class BareHead extends PavlovLayer<BareOptions> {
  static override readonly className = 'PavlovBareHead';
  static override readonly fields: Fields = without(HEAD_FIELDS);
  readonly plan: HeadPlan;

  constructor(args: Partial<BareOptions> & Needed & LayerArgs & { readonly seed?: number }) {
    super(args, { ...without(HEAD_DEFAULTS), convolution: 0, outputGate: false });
    this.plan = planHead({ ...HEAD_OPTION_DEFAULTS, ...this.options }, BareHead.className);
  }

  protected override specsFor(width: number): WeightSpec[] {
    return bareHeadSpecs(this.plan, width);
  }

  protected override body(weights: Weights, x: Tensor, documents?: Tensor): Tensor {
    return bareHead(weights, this.plan, x, documents);
  }
}

registerLayer(BareHead);
