import { z } from 'zod';
import { lookUp } from '../core/errors.js';
import { nameIn } from '../core/schema.js';
import { tf, type Tensor } from '../core/tf.js';
import { constantSpec, matrixSpec, type Weights, weightOf } from '../core/weights.js';
import { foldGain, linear } from '../ops/linear.js';
import { rmsNorm } from '../ops/rmsNorm.js';
import { silu } from '../ops/silu.js';
import { unitNormalise } from '../ops/unitNormalise.js';
import type { LearningRule, Normalisation, SequenceInput } from '../rules/contract.js';
import type { Mixer, MixerPlan, SettingsOf } from './contract.js';
import type { FeatureMap } from './featureMaps/contract.js';
import { featureMaps, type FeatureMapName } from './featureMaps/registry.js';
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
  norms,
  pacedMemory,
  pairIssues,
  pairOptions,
  writtenPairs,
} from './pairs.js';
import {
  type FusedVectors,
  gated,
  headSizes,
  type HeadSizes,
  initCarry,
  INPUTS,
  mergeHeads,
  nextVectors,
  outputGateSpecs,
  sharingIssues,
  splitGroups,
  splitHeads,
  vectorOptions,
  vectorSpecs,
  vectorsOf,
} from './vectors.js';

const options = {
  ...vectorOptions,
  featureMap: nameIn<FeatureMapName>(
    featureMaps,
    'feature map of queries and keys in conditioning heads',
  ).default('silu'),
  valueActivation: z
    .boolean()
    .default(true)
    .describe('whether values of conditioning heads pass through SiLU'),
  queryNorm: norms
    .default('rule')
    .describe("normalisation of queries: unit length, scaled by 1/sqrt(K), none, or the rule's own"),
  ...pairOptions,
};

type Settings = SettingsOf<typeof options>;
type Map = FeatureMap['map'];

const unchanged: Map = (x) => x;

function normalise(x: Tensor, how: Normalisation): Tensor {
  switch (how) {
    case 'unit':
      return unitNormalise(x);
    case 'scaled':
      return tf.mul(x, 1 / Math.sqrt(x.shape[x.rank - 1] ?? 1));
    case 'none':
      return x;
  }
}

/** The norm of each of several vectors one after the other, `[..,n X]`. */
function normaliseEach(x: Tensor, how: Normalisation, n: number): Tensor {
  if (n === 1 || how === 'none') return normalise(x, how);
  const size = (x.shape.at(-1) ?? 0) / n;
  return tf.reshape(normalise(tf.reshape(x, [...x.shape.slice(0, -1), n, size]), how), x.shape);
}

/** The norms of the rule, but where the options say otherwise. */
function normsOf(settings: Settings, rule: LearningRule) {
  const { queryNorm } = settings;
  const q = queryNorm === 'rule' ? rule.normalise.q : queryNorm;
  return { q, k: keyNormOf(settings, rule), v: rule.normalise.v };
}

/** The maps of queries and keys and of values, of `[B,H*K+M*(K+V),T]` after convolution. */
function mapped(map: Map, valueMap: Map, sizes: HeadSizes, mixed: Tensor): FusedVectors {
  if (map === valueMap) return splitGroups(map(mixed), sizes);
  const { q, k, v } = splitGroups(mixed, sizes);
  return { q: map(q), k: map(k), v: valueMap(v) };
}

function plan(settings: Settings, where: string): MixerPlan {
  const memory = pacedMemory(planMemory(settings, headSizes(settings), where), settings);
  const { H, M, V, writes } = memory;
  const how = normsOf(settings, memory.rule);
  const featureMap = lookUp(`${where}.featureMap`, featureMaps, settings.featureMap);
  const valueMap = settings.valueActivation ? silu : unchanged;
  const map = (mixed: Tensor): FusedVectors => mapped(featureMap.map, valueMap, memory, mixed);
  const apart = ({ q, k, v }: FusedVectors): FusedVectors => ({
    q: normalise(splitHeads(q, H), how.q),
    k: normaliseEach(splitHeads(k, M), how.k, writes),
    v: normaliseEach(splitHeads(v, M), how.v, writes),
  });
  const input = (weights: Weights, x: Tensor, documents?: Tensor): SequenceInput => ({
    ...writtenPairs(settings, apart(vectorsOf(weights, x, map, documents)), documents),
    ...controlsOf(memory, weights, x),
    documents,
  });
  /** Per-head norm, output gate and output projection of `[B,H,T,V]`. */
  const readOut = (weights: Weights, x: Tensor, outputs: Tensor): Tensor => {
    const normed = mergeHeads(rmsNorm(outputs, settings.normEpsilon));
    const gain = weightOf(weights, 'outputNorm');
    return linear(gated(weights, x, normed), foldGain(gain, weightOf(weights, 'output')));
  };
  return {
    specs: (D) => [
      ...vectorSpecs(settings, memory, D),
      ...controlSpecs(memory, D),
      ...outputGateSpecs(settings, memory, D),
      constantSpec('outputNorm', [H * V], 1),
      matrixSpec('output', H * V, D, settings.outputScale),
    ],
    inputs: INPUTS,
    forward: (weights, x, documents) =>
      readOut(weights, x, readMemory(memory, input(weights, x, documents)).outputs),
    initState: (batchSize) => ({
      ...initMemory(memory, batchSize),
      ...initCarry(settings, memory, batchSize),
      ...initPairs(settings, memory, batchSize),
    }),
    next: (weights, x, state, hook) => {
      const { carry, ...vectors } = nextVectors(weights, x, map, state);
      const { vectors: written, waiting } = nextPairs(settings, apart(vectors), state);
      const read = readNext(memory, { ...written, ...controlsOf(memory, weights, x) }, state, hook);
      return { output: readOut(weights, x, read.outputs), state: { ...read.state, ...carry, ...waiting } };
    },
    operations: async () => memoryOperations(memory),
    memory: { ...memory, input },
  };
}

/**
 * Heads that each read a memory S which learns by its rule from keys (CS) and values (US), forgets by its gate, and is
 * read with queries (test stimuli).
 *
 *   q, k = map(conv(x W_qk)) normalised,   v = silu(conv(x W_v)) normalised
 *   o = S q,   y = (rms(o) gain silu(x W_gate)) W_out
 *
 * With momentum q is shifted before it is normalised; M memories are read by H / M heads each. The memory restarts at a
 * document boundary. Decoding takes constant time and memory per token.
 */
export const conditioning = {
  name: 'conditioning',
  title: 'conditioning heads: associative memories that a learning rule writes',
  source: 'Qiao 2025, arXiv:2508.08289',
  options,
  inBlock: true,
  takesRule: true,
  keepsTokens: false,
  issues: (settings) => [...sharingIssues(settings), ...pairIssues(settings)],
  plan,
} satisfies Mixer<typeof options>;
