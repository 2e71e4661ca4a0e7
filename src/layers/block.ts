import { z } from 'zod';
import { lookUp } from '../core/errors.js';
import { natural } from '../core/schema.js';
import { tf, type Tensor } from '../core/tf.js';
import {
  constantSpec,
  prefixed,
  type Weights,
  weightOf,
  type WeightSpec,
  weightsUnder,
} from '../core/weights.js';
import {
  memorySettings,
  type Mixer,
  type MixerPlan,
  type MixerState,
  normEpsilon,
  place,
  sizes,
  type StepHook,
} from '../mixers/contract.js';
import {
  DEFAULT_MIXER,
  mixerName,
  mixers,
  optionsOfAll,
  ownOptions,
  planMixer,
  withOwnOptions,
} from '../mixers/registry.js';
import { foldGain } from '../ops/linear.js';
import { rmsNorm } from '../ops/rmsNorm.js';
import type { SequenceInput } from '../rules/contract.js';
import { type ArgsOf, PavlovLayer, registerLayer } from './pavlovLayer.js';
import { MLP_INPUTS, swiGluMlp, swiGluMlpSpecs } from './swiGluMlp.js';

/** The settings of a layer but for its mixer's name and its place in the stack; a model has the same. */
export const layerSettings = {
  ...sizes,
  mlpWidth: natural.describe('hidden width of the SwiGLU MLP; 0 for none'),
  ...memorySettings,
  ...optionsOfAll,
  mixerOptions: ownOptions,
  normEpsilon,
};

const schema = z.strictObject({ ...layerSettings, mixer: mixerName.default(DEFAULT_MIXER), ...place });

/** The same weights with a gain folded into those that are present of `names`. */
function foldedInto(names: readonly string[], gain: Tensor, weights: Weights): Weights {
  const folded = names.filter((name) => name in weights);
  return {
    ...weights,
    ...Object.fromEntries(folded.map((name) => [name, foldGain(gain, weightOf(weights, name))])),
  };
}

/**
 * A layer of a model: a pre-norm residual block of a mixer and an MLP.
 *
 *   x' = x + mixer(norm(x)),   y = x' + mlp(norm(x'))      without an MLP, y = x'
 *
 * A mixer that stands in no block is added by itself: y = x + mixer(x).
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D].
 * @throws ConfigError for settings that are unknown, missing or wrong.
 * Source: Xiong et al. 2020, arXiv:2002.04745 (norms inside the residual branch).
 */
export class Block extends PavlovLayer<typeof schema> {
  static override readonly className = 'PavlovBlock';
  static override readonly schema = schema;
  readonly mixer: Mixer;
  readonly plan: MixerPlan;

  constructor(args: ArgsOf<typeof schema>) {
    super(args);
    this.mixer = lookUp('PavlovBlock.mixer', mixers, this.options.mixer);
    this.plan = planMixer(this.mixer, withOwnOptions(this.mixer, this.options), Block.className);
  }

  override specsFor(D: number): WeightSpec[] {
    const { mlpWidth, outputScale } = this.options;
    const own = this.plan.specs(D);
    if (!this.mixer.inBlock) return own;
    const specs = [constantSpec('headNorm', [D], 1), ...prefixed('head', own)];
    if (mlpWidth === 0) return specs;
    const mlp = swiGluMlpSpecs(D, mlpWidth, outputScale);
    return [...specs, constantSpec('mlpNorm', [D], 1), ...prefixed('mlp', mlp)];
  }

  protected override body(weights: Weights, x: Tensor, documents?: Tensor): Tensor {
    const on = this.mixing(weights, x);
    return this.afterMixing(weights, x, this.plan.forward(on.weights, on.input, documents));
  }

  /**
   * `forward` on the next tokens, from the mixer's state after those before.
   *
   * Shapes: x [B,T,D] -> output [B,T,D].
   */
  next(
    x: Tensor,
    before: MixerState,
    hook?: StepHook,
  ): { readonly output: Tensor; readonly state: MixerState } {
    const weights = this.read();
    const on = this.mixing(weights, x);
    const { output, state } = this.plan.next(on.weights, on.input, before, hook);
    return { output: this.afterMixing(weights, x, output), state };
  }

  /** What the rule of the mixer's memories is given on x; undefined where no rule drives one. */
  memoryInput(x: Tensor, documents?: Tensor): SequenceInput | undefined {
    const { memory } = this.plan;
    if (!memory) return undefined;
    const { weights, input } = this.mixing(this.read(), x);
    return memory.input(weights, input, documents);
  }

  /** What the mixer reads: in a block the normed stream, with the gain of the norm folded into its matrices. */
  private mixing(weights: Weights, x: Tensor): { readonly weights: Weights; readonly input: Tensor } {
    if (!this.mixer.inBlock) return { weights, input: x };
    const input = rmsNorm(x, this.options.normEpsilon);
    const own = weightsUnder(weights, 'head');
    return { weights: foldedInto(this.plan.inputs, weightOf(weights, 'headNorm'), own), input };
  }

  private afterMixing(weights: Weights, x: Tensor, mixed: Tensor): Tensor {
    const { mlpWidth, normEpsilon: epsilon } = this.options;
    const stream = tf.add(x, mixed);
    if (!this.mixer.inBlock || mlpWidth === 0) return stream;
    const folded = foldedInto(MLP_INPUTS, weightOf(weights, 'mlpNorm'), weightsUnder(weights, 'mlp'));
    return tf.add(stream, swiGluMlp(folded, rmsNorm(stream, epsilon)));
  }
}

registerLayer(Block);
