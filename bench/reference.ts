import type { Batch } from '../data/index.js';
import { Rng } from '../src/core/rng.js';
import { required } from '../src/core/required.js';
import { type Rank, tf, type Tensor } from '../src/core/tf.js';
import type { Engine } from '../src/engine/engine.js';
import { trace } from '../src/engine/graph/trace.js';
import { Model } from '../src/model/model.js';
import type { RunConfig } from '../train/config/schema.js';
import { textObjective } from '../train/stories.js';
import { createUpdater } from '../train/updater.js';

/** Optimizer of all timings unless a file of settings or `--set` names another: the one every peer has. */
export const REFERENCE_OPTIMIZER = 'adamw';

/** Tokens a document of the random batches: about a TinyStories story. */
const STORY = 200;

/** A model in training on random tokens, which cost what real ones do. */
export interface Trainee {
  readonly tokensPerStep: number;
  /**
   * Floating point operations of a step in matrix products: three times those of the forward pass, whose
   * gradient takes two products for each. Everything else (norms, gates, optimizer) is not counted.
   */
  readonly flopsPerStep: number;
  readonly parameters: number;
  /** One whole update; milliseconds. */
  step(): Promise<number>;
  /** As many updates as are worth making together; milliseconds of each. */
  steps(): Promise<number>;
}

/** Rows packed with documents of about 200 tokens; every row begins inside one. */
export function randomBatch(rng: Rng, rows: number, length: number, vocabulary: number): Batch {
  const size = rows * length;
  // Token ids fall off like those of text: the square of a uniform number is small more often.
  const ids = (): Int32Array =>
    Int32Array.from({ length: size }, () => Math.floor(vocabulary * rng.uniform() ** 2));
  const document = (i: number): number => Math.floor(((i % length) + 61 * Math.floor(i / length)) / STORY);
  return {
    batchSize: rows,
    sequenceLength: length,
    inputs: ids(),
    targets: ids(),
    lossMask: new Float32Array(size).fill(1),
    documents: Int32Array.from({ length: size }, (_, i) => document(i)),
  };
}

/** Floating point operations of the forward pass's matrix products, read off its graph. */
function forwardFlops(model: Model, rows: number, length: number): number {
  const ids = tf.zeros<Rank.R2>([rows, length], 'int32');
  const forward = (...[x, targets, documents]: Tensor[]): Tensor =>
    model.nats(required(x, 'ids'), required(targets, 'targets'), documents);
  const { graph } = trace(forward, [ids, ids, ids], [], { name: 'forward' });
  ids.dispose();
  return graph.nodes.reduce((sum, { flops }) => sum + flops, 0);
}

/** The model of a config, of as many ids as are asked for, with random weights. */
export function randomModel({ model, tokenizer, seed }: RunConfig): Model {
  return Model.create({ ...model, vocabularySize: tokenizer.vocabularySize }, seed);
}

/** The model of a config with random weights on an engine, ready to be timed. */
export function createTrainee(config: RunConfig, engine: Engine): Trainee {
  const { batchSize: rows, sequenceLength: length, accumulationSteps } = config.train;
  const model = randomModel(config);
  const updater = createUpdater({
    engine,
    objective: textObjective(model),
    settings: config.optimizer,
    accumulationSteps,
  });
  const rng = Rng.fromSeed(config.seed).derive('bench');
  const tokensPerStep = rows * length * accumulationSteps;
  let t = 0;
  const timed = async (count: number): Promise<number> => {
    const updates = Array.from({ length: count }, () => ({
      t: ++t,
      rate: 1e-4,
      batches: Array.from({ length: accumulationSteps }, () =>
        randomBatch(rng, rows, length, model.vocabularySize),
      ),
    }));
    const start = performance.now();
    await updater.updates(updates);
    return (performance.now() - start) / count;
  };
  return {
    tokensPerStep,
    flopsPerStep: 3 * accumulationSteps * forwardFlops(model, rows, length),
    parameters: model.parameterCount,
    step: () => timed(1),
    steps: () => timed(updater.updatesTogether),
  };
}
