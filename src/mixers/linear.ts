import { tf, type Tensor } from '../core/tf.js';
import { matrixSpec, type Weights, weightOf } from '../core/weights.js';
import { channelProjection } from '../ops/channelProjection.js';
import { linear as product } from '../ops/linear.js';
import { UNIT_EPSILON, unitNormalise } from '../ops/unitNormalise.js';
import type { LearningRule, SequenceInput } from '../rules/contract.js';
import type { Mixer, MixerPlan, SettingsOf } from './contract.js';
import {
  controlsOf,
  controlSpecs,
  initMemory,
  memoryOperations,
  planMemory,
  readMemory,
  readNext,
} from './memory.js';
import {
  initPairs,
  keyNormOf,
  nextPairs,
  pacedMemory,
  pairIssues,
  pairOptions,
  writtenPairs,
} from './pairs.js';
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

type Norms = Pick<LearningRule['normalise'], 'k' | 'v'>;

/** What a rule needs to be stable, without loss of what the pair says where one vector suffices for it. */
function steadied({ k, v }: Norms, pair: Pair): Pair {
  if (k === 'unit' && v === 'unit') return { k: unitNormalise(pair.k), v: unitNormalise(pair.v) };
  if (k === 'unit') return byLength(pair, pair.k);
  if (v === 'unit') return byLength(pair, pair.v);
  if (k === 'scaled') return { ...pair, k: tf.mul(pair.k, 1 / Math.sqrt(pair.k.shape.at(-1) ?? 1)) };
  return pair;
}

/** The same of each of n pairs one after the other, k `[..,n K]` and v `[..,n V]`. */
function steadiedEach(norms: Norms, { k, v }: Pair, n: number): Pair {
  if (n === 1) return steadied(norms, { k, v });
  const each = (x: Tensor): Tensor => tf.reshape(x, [...x.shape.slice(0, -1), n, (x.shape.at(-1) ?? 0) / n]);
  const pair = steadied(norms, { k: each(k), v: each(v) });
  return { k: tf.reshape(pair.k, k.shape), v: tf.reshape(pair.v, v.shape) };
}

function plan(settings: SettingsOf<typeof pairOptions>, where: string): MixerPlan {
  const memory = pacedMemory(planMemory(settings, headSizes(settings), where), settings);
  const { H, K, V, rule, writes } = memory;
  const given = { k: keyNormOf(settings, rule), v: rule.normalise.v };
  const vectorsOf = (weights: Weights, x: Tensor) => {
    const { q, k, v } = splitGroups(channelProjection(x, weightOf(weights, 'qkv')), memory);
    const pair = steadiedEach(given, { k: splitHeads(k, H), v: splitHeads(v, H) }, writes);
    return { q: tf.mul(splitHeads(q, H), 1 / Math.sqrt(K)), ...pair };
  };
  const input = (weights: Weights, x: Tensor, documents?: Tensor): SequenceInput => ({
    ...writtenPairs(settings, vectorsOf(weights, x), documents),
    ...controlsOf(memory, weights, x),
    documents,
  });
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
    initState: (batchSize) => ({
      ...initMemory(memory, batchSize),
      ...initPairs(settings, memory, batchSize),
    }),
    next: (weights, x, before, hook) => {
      const { vectors, waiting } = nextPairs(settings, vectorsOf(weights, x), before);
      const read = readNext(memory, { ...vectors, ...controlsOf(memory, weights, x) }, before, hook);
      return { output: readOut(weights, read.outputs), state: { ...read.state, ...waiting } };
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
 * q stays as it is but for 1 / sqrt(K), so that the size of a stimulus counts. With another `keyNorm` the value stays as
 * it is. The memory restarts at a document boundary.
 */
export const linear = {
  name: 'linear',
  title: 'linear heads: nothing around the memories, so that all but the rule is linear',
  source:
    'von Oswald et al. 2023, arXiv:2212.07677 (linear self-attention); Nagumo and Noda 1967 for the division',
  options: pairOptions,
  inBlock: false,
  takesRule: true,
  keepsTokens: false,
  issues: pairIssues,
  plan,
} satisfies Mixer<typeof pairOptions>;
