import { encodeStories, toyStories, type Tokenizer, type TokenSet } from '../../../data/index.js';
import type { ProbeSubject } from '../../../eval/index.js';
import { tokenSetOf } from '../../../eval/probes/sequences.js';
import { Rng } from '../../../src/core/rng.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { ModelOptions } from '../../../src/model/config.js';
import { Model } from '../../../src/model/model.js';
import { trainTokenizer } from '../../support/trainTokenizer.js';

/** A tokenizer in which the toy stories' names and things are one token each. */
export function toyTokenizer(): Tokenizer {
  return trainTokenizer('compact', toyStories().train.slice(0, 300), 600);
}

export function bytesTokenizer(): Tokenizer {
  return trainTokenizer('bytes');
}

export const microConfig: Omit<ModelOptions, 'vocabularySize'> = {
  width: 8,
  layers: 2,
  heads: 2,
  keySize: 4,
  valueSize: 6,
  mlpWidth: 8,
  convolution: 2,
  outputGate: true,
  rule: 'delta',
  ruleParams: {},
  gate: 'scalar',
  gateParams: {},
  chunkSize: 8,
  mixer: 'conditioning',
  normEpsilon: 1e-5,
};

export interface SubjectOptions {
  readonly config?: Partial<ModelOptions>;
  readonly stories?: number;
  readonly length?: number;
}

/** A fresh micro model on toy stories. */
export function microSubject(
  engine: Engine,
  tokenizer: Tokenizer,
  { config = {}, stories = 40, length = 64 }: SubjectOptions = {},
): ProbeSubject {
  const vocabulary = tokenizer.vocabularySize;
  return {
    engine,
    tokenizer,
    shape: { batchSize: 4, sequenceLength: length },
    rng: Rng.fromSeed(1),
    model: Model.create({ ...microConfig, vocabularySize: vocabulary, ...config }, 3),
    validation: encodeStories(toyStories().validation.slice(0, stories), tokenizer),
  };
}

/** Sets every weight of a model by its name; those not named are zero. */
function withWeights(
  model: Model,
  values: Readonly<Record<string, (row: number, column: number) => number>>,
): Model {
  const weights = model.weights.map(({ name, shape }) => {
    const columns = shape.at(-1) ?? 1;
    const size = shape.reduce((product, n) => product * n, 1);
    const value = values[name] ?? (() => 0);
    const data = Float32Array.from({ length: size }, (_, i) => value(Math.floor(i / columns), i % columns));
    return [name, { shape: [...shape], data }] as const;
  });
  model.loadWeights(new Map(weights));
  return model;
}

/** The model that gives every token the same probability. */
export function uniformModel(config: ModelOptions): Model {
  return withWeights(Model.create(config, 1), {});
}

/**
 * An induction head by hand: one delta head with a key for every token. It binds each token to the one before it
 * and recalls what followed the present token last; where nothing did, all tokens are about alike.
 */
export function inductionModel(vocabulary: number): Model {
  const config: ModelOptions = {
    ...microConfig,
    vocabularySize: vocabulary,
    width: vocabulary,
    layers: 1,
    heads: 1,
    gate: 'none',
    keySize: vocabulary,
    valueSize: vocabulary,
    mlpWidth: 0,
    outputGate: false,
  };
  const same = (row: number, column: number): number => Number(row === column % vocabulary);
  const isKey = (channel: number): boolean => channel >= vocabulary && channel < 2 * vocabulary;
  return withWeights(Model.create(config, 1), {
    'embedding.table': (row, column) => 2 * same(row, column),
    'layers.0.headNorm': () => 1,
    'layers.0.head.qkv': same,
    // The keys are of the token before, queries and values of the present one.
    'layers.0.head.convolution': (channel, tap) => Number(isKey(channel) === (tap === 0)),
    'layers.0.head.signalBias': () => 20,
    'layers.0.head.outputNorm': () => 1,
    'layers.0.head.output': (row, column) => 100 * same(row, column),
    'finalNorm.gain': () => 1,
  });
}

/** `count` sequences of distinct tokens, in random order, of a vocabulary whose last id ends texts. */
export function permutations(vocabulary: number, count: number, length: number): TokenSet {
  const rng = Rng.fromSeed(5);
  const ids = Array.from({ length: vocabulary - 1 }, (_, id) => id);
  const sequences = Array.from({ length: count }, (_, i) =>
    rng
      .derive(i)
      .shuffle([...ids])
      .slice(0, length),
  );
  return setOf(sequences, vocabulary);
}

/** A set of token sequences of a vocabulary whose last id ends texts. */
export function setOf(sequences: readonly (readonly number[])[], vocabulary: number): TokenSet {
  const like: TokenSet = {
    tokens: new Int32Array(),
    starts: new Uint32Array(1),
    storyBytes: new Uint32Array(),
    bytes: 0,
    endOfText: vocabulary - 1,
    vocabularySize: vocabulary,
  };
  return tokenSetOf(sequences, like);
}
