import { channelProjection } from '../../ops/channelProjection.js';
import { UNIT_EPSILON, unitNormalise } from '../../ops/unitNormalise.js';
import { tf, type Tensor } from '../../core/tf.js';
import { runSequence } from '../../rules/run/runRule.js';
import { type Weights, weightOf, type WeightSpec } from '../weights.js';
import { headControls } from './conditioningHead.js';
import { mergeHeads, splitGroups, splitHeads } from './headParts.js';
import { conditioningHeadSpecs, type HeadPlan } from './headPlan.js';
import { linear } from './linear.js';

/** Weights of `bareHead` on width D: those of a conditioning head without convolution, output gate and norm. */
export function bareHeadSpecs(plan: HeadPlan, D: number): WeightSpec[] {
  const options = { ...plan.options, convolution: 0, outputGate: false };
  return conditioningHeadSpecs({ ...plan, options }, D).filter(({ name }) => name !== 'outputNorm');
}

interface Pair {
  readonly k: Tensor;
  readonly v: Tensor;
}

/** Both vectors of a pair divided by the length of one: v = S k stays true. */
function byLength({ k, v }: Pair, of: Tensor): Pair {
  const inverse = tf.rsqrt(tf.add(tf.sum(tf.square(of), -1, true), UNIT_EPSILON));
  return { k: tf.mul(k, inverse), v: tf.mul(v, inverse) };
}

/** What a rule needs to be stable, without loss of what the pair says where one vector suffices for it. */
function steadied(plan: HeadPlan, pair: Pair): Pair {
  const { k, v } = plan.rule.normalise;
  if (k === 'unit' && v === 'unit') return { k: unitNormalise(pair.k), v: unitNormalise(pair.v) };
  if (k === 'unit') return byLength(pair, pair.k);
  if (v === 'unit') return byLength(pair, pair.v);
  return pair;
}

/**
 * A conditioning head with nothing around it: linear in its input but for its rule and gate.
 *
 *   q, k, v = x W_qkv,   o = S q,   y = o W_out
 *
 * Where the rule wants unit keys (or values), key and value are both divided by that length, which is its write
 * strength divided by the length squared (delta: normalised least mean squares, and with beta 1 Kaczmarz' method);
 * q stays as it is but for 1 / sqrt(K), so that the size of a stimulus counts.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; the memory restarts at a document boundary.
 * Source: von Oswald et al. 2023, arXiv:2212.07677 (linear self-attention); Nagumo and Noda 1967 for the division.
 */
export function bareHead(weights: Weights, plan: HeadPlan, x: Tensor, documents?: Tensor): Tensor {
  const { q, k, v } = splitGroups(channelProjection(x, weightOf(weights, 'qkv')), plan);
  const pair = steadied(plan, { k: splitHeads(k, plan.H), v: splitHeads(v, plan.H) });
  const queries = tf.mul(splitHeads(q, plan.H), 1 / Math.sqrt(plan.K));
  const input = { q: queries, ...pair, ...headControls(weights, plan, x), documents };
  const { chunkSize } = plan.options;
  const { outputs } = runSequence(plan.rule, undefined, input, plan.ruleParams, { chunkSize });
  return linear(mergeHeads(outputs), weightOf(weights, 'output'));
}
