import { tf, type Tensor } from '../core/tf.js';
import { matrixSpec, type Weights, weightOf } from '../core/weights.js';
import { channelProjection } from '../ops/channelProjection.js';
import { linear as product } from '../ops/linear.js';
import { UNIT_EPSILON, unitNormalise } from '../ops/unitNormalise.js';
import type { LearningRule, SequenceInput } from '../rules/contract.js';
import type { Mixer, MixerPlan, MixerSettings } from './contract.js';
import {
  controlsOf,
  controlSpecs,
  initMemory,
  memoryOperations,
  planMemory,
  readMemory,
  readNext,
} from './memory.js';
import { fusedWidth, headSizes, INPUTS, mergeHeads, splitGroups, splitHeads } from './vectors.js';

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
function steadied({ normalise: { k, v } }: LearningRule, pair: Pair): Pair {
  if (k === 'unit' && v === 'unit') return { k: unitNormalise(pair.k), v: unitNormalise(pair.v) };
  if (k === 'unit') return byLength(pair, pair.k);
  if (v === 'unit') return byLength(pair, pair.v);
  return pair;
}

/** The same of each of n pairs one after the other, k `[..,n K]` and v `[..,n V]`. */
function steadiedEach(rule: LearningRule, { k, v }: Pair, n: number): Pair {
  if (n === 1) return steadied(rule, { k, v });
  const each = (x: Tensor): Tensor => tf.reshape(x, [...x.shape.slice(0, -1), n, (x.shape.at(-1) ?? 0) / n]);
  const pair = steadied(rule, { k: each(k), v: each(v) });
  return { k: tf.reshape(pair.k, k.shape), v: tf.reshape(pair.v, v.shape) };
}

function plan(settings: MixerSettings, where: string): MixerPlan {
  const memory = planMemory(settings, headSizes(settings), where);
  const { H, K, V, writes } = memory;
  const input = (weights: Weights, x: Tensor, documents?: Tensor): SequenceInput => {
    const { q, k, v } = splitGroups(channelProjection(x, weightOf(weights, 'qkv')), memory);
    const pair = steadiedEach(memory.rule, { k: splitHeads(k, H), v: splitHeads(v, H) }, writes);
    const queries = tf.mul(splitHeads(q, H), 1 / Math.sqrt(K));
    return { q: queries, ...pair, ...controlsOf(memory, weights, x), documents };
  };
  const readOut = (weights: Weights, outputs: Tensor): Tensor =>
    product(mergeHeads(outputs), weightOf(weights, 'output'));
  return {
    specs: (D) => [
      matrixSpec('qkv', D, fusedWidth(memory)),
      ...controlSpecs(memory, D),
      matrixSpec('output', H * V, D, settings.outputScale),
    ],
    inputs: INPUTS,
    forward: (weights, x, documents) =>
      readOut(weights, readMemory(memory, input(weights, x, documents)).outputs),
    initState: (batchSize) => initMemory(memory, batchSize),
    next: (weights, x, before, hook) => {
      const { outputs, state } = readNext(memory, input(weights, x), before, hook);
      return { output: readOut(weights, outputs), state };
    },
    operations: async () => memoryOperations(memory),
    memory: { ...memory, input },
  };
}

/**
 * Heads with nothing around them: linear in their input but for their rule and gate.
 *
 *   q, k, v = x W_qkv,   o = S q,   y = o W_out
 *
 * Where the rule wants unit keys (or values), key and value are both divided by that length, which is its write
 * strength divided by the length squared (delta: normalised least mean squares, and with beta 1 Kaczmarz' method);
 * q stays as it is but for 1 / sqrt(K), so that the size of a stimulus counts. The memory restarts at a document
 * boundary.
 */
export const linear = {
  name: 'linear',
  title: 'linear heads: nothing around the memories, so that all but the rule is linear',
  source:
    'von Oswald et al. 2023, arXiv:2212.07677 (linear self-attention); Nagumo and Noda 1967 for the division',
  options: {},
  inBlock: false,
  takesRule: true,
  keepsTokens: false,
  issues: () => [],
  plan,
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- it has no options of its own
} satisfies Mixer<Record<never, never>>;
