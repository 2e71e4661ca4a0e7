import { z } from 'zod';
import type { Tensor } from '../core/tf.js';
import type { Weights, WeightSpec } from '../core/weights.js';
import { conditioning } from '../mixers/conditioning.js';
import { memorySettings, type MixerPlan, normEpsilon, place, sizes } from '../mixers/contract.js';
import { linear } from '../mixers/linear.js';
import { planMixer } from '../mixers/registry.js';
import { softmax } from '../mixers/softmax.js';
import { type ArgsOf, PavlovLayer, registerLayer } from './pavlovLayer.js';

/** A mixer alone as a layer. Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]. */
abstract class HeadLayer<Schema extends z.ZodObject> extends PavlovLayer<Schema> {
  abstract readonly plan: MixerPlan;

  override specsFor(width: number): WeightSpec[] {
    return this.plan.specs(width);
  }

  protected override body(weights: Weights, x: Tensor, documents?: Tensor): Tensor {
    return this.plan.forward(weights, x, documents);
  }
}

const conditioningSchema = z.strictObject({
  ...sizes,
  ...memorySettings,
  ...conditioning.options,
  normEpsilon,
  ...place,
});

/**
 * Heads that each hold an associative memory, written by a learning rule and forgetting by a gate; see `conditioning`
 * in `mixers`.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; the memory restarts at a document boundary.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export class ConditioningHead extends HeadLayer<typeof conditioningSchema> {
  static override readonly className = 'PavlovConditioningHead';
  static override readonly schema = conditioningSchema;
  readonly plan: MixerPlan;

  constructor(args: ArgsOf<typeof conditioningSchema>) {
    super(args);
    this.plan = planMixer(conditioning, this.options, ConditioningHead.className);
  }
}

const linearSchema = z.strictObject({
  ...sizes,
  ...memorySettings,
  ...linear.options,
  normEpsilon,
  ...place,
});

/**
 * Heads with nothing around their memories; see `linear` in `mixers`.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; the memory restarts at a document boundary.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export class LinearHead extends HeadLayer<typeof linearSchema> {
  static override readonly className = 'PavlovLinearHead';
  static override readonly schema = linearSchema;
  readonly plan: MixerPlan;

  constructor(args: ArgsOf<typeof linearSchema>) {
    super(args);
    this.plan = planMixer(linear, this.options, LinearHead.className);
  }
}

const softmaxSchema = z.strictObject({ ...sizes, ...softmax.options, outputScale: place.outputScale });

/**
 * Causal softmax attention; see `softmax` in `mixers`.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; documents never see each other.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export class SoftmaxHead extends HeadLayer<typeof softmaxSchema> {
  static override readonly className = 'PavlovSoftmaxHead';
  static override readonly schema = softmaxSchema;
  readonly plan: MixerPlan;

  constructor(args: ArgsOf<typeof softmaxSchema>) {
    super(args);
    this.plan = planMixer(softmax, this.options, SoftmaxHead.className);
  }
}

for (const layer of [ConditioningHead, LinearHead, SoftmaxHead]) registerLayer(layer);
