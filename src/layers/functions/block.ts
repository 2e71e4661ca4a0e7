import { rmsNorm } from '../../ops/rmsNorm.js';
import { tf, type Tensor } from '../../core/tf.js';
import { constantSpec, prefixed, type Weights, weightOf, type WeightSpec, weightsUnder } from '../weights.js';
import {
  conditioningHead,
  conditioningHeadNext,
  HEAD_INPUTS,
  type HeadState,
  initHeadState,
} from './conditioningHead.js';
import { conditioningHeadSpecs, type HeadPlan } from './headPlan.js';
import { foldedInto } from './linear.js';
import {
  initSoftmaxState,
  softmaxHead,
  softmaxHeadNext,
  softmaxHeadSpecs,
  type SoftmaxOptions,
  type SoftmaxState,
} from './softmaxHead.js';
import { MLP_INPUTS, swiGluMlp, swiGluMlpSpecs } from './swiGluMlp.js';

/** What a block mixes tokens with, ready to run. */
export type Mixer =
  | { readonly kind: 'conditioning'; readonly plan: HeadPlan }
  | { readonly kind: 'softmax'; readonly options: SoftmaxOptions };

/** Everything that decides a block but its weights. */
export interface BlockPlan {
  readonly mixer: Mixer;
  /** Hidden width of the MLP; 0 for none. */
  readonly mlpWidth: number;
  readonly normEpsilon: number;
  /** Factor on the standard deviation of the output projections at initialisation. */
  readonly outputScale: number;
}

/** What a block carries from token to token: its head's state. */
export type BlockState = HeadState | SoftmaxState;

/** Weights of a block on width D: a gain and a head, a gain and an MLP where it has one. */
export function blockSpecs(plan: BlockPlan, D: number): WeightSpec[] {
  const { mixer } = plan;
  const head =
    mixer.kind === 'softmax' ? softmaxHeadSpecs(mixer.options, D) : conditioningHeadSpecs(mixer.plan, D);
  const specs = [constantSpec('headNorm', [D], 1), ...prefixed('head', head)];
  if (plan.mlpWidth === 0) return specs;
  const mlp = swiGluMlpSpecs(D, plan.mlpWidth, plan.outputScale);
  return [...specs, constantSpec('mlpNorm', [D], 1), ...prefixed('mlp', mlp)];
}

/** The head's weights with the gain of the norm before it folded in. */
export function foldedHead(weights: Weights): Weights {
  return foldedInto(HEAD_INPUTS, weightOf(weights, 'headNorm'), weightsUnder(weights, 'head'));
}

function addMlp(weights: Weights, plan: BlockPlan, x: Tensor): Tensor {
  if (plan.mlpWidth === 0) return x;
  const folded = foldedInto(MLP_INPUTS, weightOf(weights, 'mlpNorm'), weightsUnder(weights, 'mlp'));
  return tf.add(x, swiGluMlp(folded, rmsNorm(x, plan.normEpsilon)));
}

/**
 * A pre-norm residual block.
 *
 *   x' = x + head(norm(x)),   y = x' + mlp(norm(x'))      without an MLP, y = x'
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D].
 * Source: Xiong et al. 2020, arXiv:2002.04745 (norms inside the residual branch).
 */
export function block(weights: Weights, plan: BlockPlan, x: Tensor, documents?: Tensor): Tensor {
  const { mixer } = plan;
  const normed = rmsNorm(x, plan.normEpsilon);
  const head = foldedHead(weights);
  const mixed =
    mixer.kind === 'softmax'
      ? softmaxHead(head, mixer.options, normed, documents)
      : conditioningHead(head, mixer.plan, normed, documents);
  return addMlp(weights, plan, tf.add(x, mixed));
}

/** The state before the first token; `cacheLength` is the number of tokens a softmax head keeps. */
export function initBlockState({ mixer }: BlockPlan, rows: number, cacheLength: number): BlockState {
  return mixer.kind === 'softmax'
    ? initSoftmaxState(mixer.options, rows, cacheLength)
    : initHeadState(mixer.plan, rows);
}

/**
 * `block` on the next tokens, from the state after those before.
 *
 * Shapes: x [B,T,D] -> output [B,T,D].
 */
export function blockNext(
  weights: Weights,
  plan: BlockPlan,
  x: Tensor,
  state: BlockState,
): { readonly output: Tensor; readonly state: BlockState } {
  const { mixer } = plan;
  const normed = rmsNorm(x, plan.normEpsilon);
  const head = foldedHead(weights);
  // The state was made by `initBlockState` of the same plan, so its kind is the mixer's.
  const next =
    mixer.kind === 'softmax'
      ? softmaxHeadNext(head, mixer.options, normed, state as SoftmaxState)
      : conditioningHeadNext(head, mixer.plan, normed, state as HeadState);
  return { output: addMlp(weights, plan, tf.add(x, next.output)), state: next.state };
}
