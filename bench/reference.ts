import type { Batch } from '../data/index.js';
import { Rng } from '../src/core/rng.js';
import type { Engine } from '../src/engine/engine.js';
import { LanguageModel } from '../src/model/languageModel.js';
import type { RunConfig } from '../train/config/schema.js';
import { createUpdater } from '../train/step.js';

/** Tokens a document of the random batches: about a TinyStories story. */
const STORY = 200;

/** A model in training on random tokens, which cost what real ones do. */
export interface Trainee {
  readonly tokensPerStep: number;
  /** Floating point operations of a step in products of weights and activations: 6 a weight and token. */
  readonly flopsPerStep: number;
  readonly parameters: number;
  /** One whole update; milliseconds. */
  step(): Promise<number>;
}

/** Rows packed with documents of about 200 tokens; every row begins inside one. */
function randomBatch(rng: Rng, rows: number, length: number, vocabulary: number): Batch {
  const size = rows * length;
  // Token ids fall off like those of text: the square of a uniform number is small more often.
  const ids = (): Int32Array =>
    Int32Array.from({ length: size }, () => Math.floor(vocabulary * rng.uniform() ** 2));
  const document = (i: number): number => Math.floor(((i % length) + 61 * Math.floor(i / length)) / STORY);
  return {
    rows,
    length,
    inputs: ids(),
    targets: ids(),
    weights: new Float32Array(size).fill(1),
    documents: Int32Array.from({ length: size }, (_, i) => document(i)),
  };
}

/** The model of a config with random weights on an engine, ready to be timed. */
export function createTrainee(config: RunConfig, engine: Engine): Trainee {
  const { rows, length, accumulate } = config.train;
  const model = LanguageModel.create(
    { ...config.model, vocabulary: config.tokenizer.vocabulary },
    config.seed,
  );
  const updater = createUpdater({ engine, model, settings: config.optimizer, accumulate });
  const rng = Rng.fromSeed(config.seed).derive('bench');
  const tokensPerStep = rows * length * accumulate;
  const inProducts = model.weights.filter(({ shape }) => shape.length === 2 && Math.min(...shape) > 8);
  const weights = inProducts.reduce((sum, { shape: [a = 0, b = 0] }) => sum + a * b, 0);
  let t = 0;
  const step = async (): Promise<number> => {
    const batches = Array.from({ length: accumulate }, () =>
      randomBatch(rng, rows, length, model.config.vocabulary),
    );
    const start = performance.now();
    await updater.update(batches, { t: ++t, rate: 1e-4 });
    return performance.now() - start;
  };
  return { tokensPerStep, flopsPerStep: 6 * weights * tokensPerStep, parameters: model.parameterCount, step };
}
