import type { Tensor } from '../core/tf.js';
import { HEAD_DEFAULTS, HEAD_FIELDS } from './conditioningHead.js';
import type { Fields } from './faults.js';
import { bareHead, bareHeadSpecs } from './functions/bareHead.js';
import { type ConditioningOptions, type HeadPlan, planHead } from './functions/headPlan.js';
import { type LayerArgs, PavlovLayer, registerLayer } from './pavlovLayer.js';
import type { Weights, WeightSpec } from './weights.js';

type Needed = Pick<ConditioningOptions, 'heads' | 'keySize' | 'valueSize' | 'rule' | 'gate'>;

/**
 * Heads with nothing around them, in a residual.
 *
 *   y = x + (S q) W_out,   q, k, v = x W_qkv
 *
 * Shapes: x [B,T,D] -> [B,T,D]. See `bareHead` in `functions`. Convolution and output gate of the options are not
 * used.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export class BareHead extends PavlovLayer<ConditioningOptions> {
  static override readonly className = 'PavlovBareHead';
  static override readonly fields: Fields = HEAD_FIELDS;
  readonly plan: HeadPlan;

  constructor(args: Partial<ConditioningOptions> & Needed & LayerArgs & { readonly seed?: number }) {
    super(args, { ...HEAD_DEFAULTS, convolution: 0, outputGate: false });
    this.plan = planHead(this.options, BareHead.className);
  }

  protected override specsFor(width: number): WeightSpec[] {
    return bareHeadSpecs(this.plan, width);
  }

  protected override body(weights: Weights, x: Tensor): Tensor {
    return bareHead(weights, this.plan, x);
  }
}

registerLayer(BareHead);
