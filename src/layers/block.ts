import type { Tensor } from '../core/tf.js';
import { HEAD_DEFAULTS, HEAD_FIELDS } from './conditioningHead.js';
import { type Fields, oneOf, wholeFrom } from './faults.js';
import { block, type BlockPlan, blockSpecs } from './functions/block.js';
import { type ConditioningOptions, planHead } from './functions/headPlan.js';
import { type LayerArgs, PavlovLayer, registerLayer } from './pavlovLayer.js';
import type { Weights, WeightSpec } from './weights.js';

/** Settings of `Block`: its head's, which head, and the MLP's width. */
export interface BlockOptions extends ConditioningOptions {
  readonly head: 'conditioning' | 'softmax';
  /** Hidden width of the SwiGLU MLP; 0 for none. */
  readonly mlpWidth: number;
}

type Needed = Pick<BlockOptions, 'heads' | 'keySize' | 'valueSize' | 'rule' | 'gate' | 'mlpWidth'>;

function planBlock(options: BlockOptions): BlockPlan {
  const { head, mlpWidth, normEpsilon, outputScale } = options;
  // Planned for a softmax block too, so that a wrong rule is an error whatever the head.
  const plan = planHead(options, Block.className);
  const mixer = head === 'softmax' ? { kind: head, options } : { kind: head, plan };
  return { mixer, mlpWidth, normEpsilon, outputScale };
}

/**
 * A pre-norm residual block of a head and an MLP.
 *
 *   x' = x + head(norm(x)),   y = x' + mlp(norm(x'))
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D].
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export class Block extends PavlovLayer<BlockOptions> {
  static override readonly className = 'PavlovBlock';
  static override readonly fields: Fields = {
    ...HEAD_FIELDS,
    head: oneOf(['conditioning', 'softmax']),
    mlpWidth: wholeFrom(0),
  };
  readonly plan: BlockPlan;

  constructor(args: Partial<BlockOptions> & Needed & LayerArgs & { readonly seed?: number }) {
    super(args, { ...HEAD_DEFAULTS, head: 'conditioning' });
    this.plan = planBlock(this.options);
  }

  protected override specsFor(width: number): WeightSpec[] {
    return blockSpecs(this.plan, width);
  }

  protected override body(weights: Weights, x: Tensor, documents?: Tensor): Tensor {
    return block(weights, this.plan, x, documents);
  }
}

registerLayer(Block);
