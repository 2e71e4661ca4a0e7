import {
  batchOf,
  pause,
  ScoreSheet,
  type MetricScore,
  type TaskBatch,
  type TaskSource,
  type TaskSplit,
} from '../../data/index.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Model } from '../../src/model/model.js';
import type { InspectedRows } from '../diagnostics/inspector.js';
import type { Validator } from '../job.js';
import type { Objective } from '../updater.js';
import { firstMetric, openParts } from './parts.js';
import type { TaskRunConfig } from './schema.js';

/** What a task model reads of a batch: ids [B,T] or vectors [B,T,width]; the caller disposes it. */
function inputTensor({ batchSize, sequenceLength, width, inputs }: TaskBatch): Tensor {
  return inputs instanceof Int32Array
    ? tf.tensor2d(inputs, [batchSize, sequenceLength], 'int32')
    : tf.tensor3d(inputs, [batchSize, sequenceLength, width], 'float32');
}

/** Inputs and positions of a batch, as a task model takes them; the caller disposes them. */
function questionTensors(batch: TaskBatch): [Tensor, Tensor] {
  return [inputTensor(batch), tf.tensor1d(batch.scored.positions, 'int32')];
}

type Tensors = [Tensor, Tensor, Tensor, Tensor];

function batchTensors(batch: TaskBatch): Tensors {
  const { targets, mask } = batch.scored;
  const dtype = targets instanceof Int32Array ? 'int32' : 'float32';
  return [...questionTensors(batch), tf.tensor1d(targets, dtype), tf.tensor1d(mask, 'float32')];
}

/** The loss of a task model where it is asked: nats an answer, or squared error. */
export function taskObjective(model: Model): Objective<TaskBatch> {
  return {
    weights: model.weights,
    tensors: batchTensors,
    lossSum: (...batch) => model.lossSumAt(...(batch as Tensors)), // as `batchTensors` gives them
    totalWeight: ({ scored }) => scored.mask.reduce((a, b) => a + b, 0),
  };
}

/** Most tokens, and most numbers of answers, in one pass. */
const MOST_TOKENS = 2 ** 15;
const MOST_ANSWERS = 2 ** 23;

/** The first samples of a split. */
interface ScoreRequest {
  readonly source: TaskSource;
  readonly split: TaskSplit;
  readonly samples: number;
  /** Those samples, where they are there already. */
  readonly passes?: Iterable<Pass> | undefined;
  /** Hears how many samples are done. */
  readonly onProgress?: (samples: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A batch that is answered at once, and the rows of it that are scored. */
interface Pass {
  readonly batch: TaskBatch;
  readonly scored: TaskBatch;
}

/** Scores samples with a model as its weights are in the engine. */
export interface Scorer {
  score(request: ScoreRequest): Promise<Readonly<Record<string, MetricScore>>>;
  dispose(): Promise<void>;
}

/** Numbers an answer. */
export function answerSize({ shape: { outputs } }: TaskSource): number {
  return outputs.kind === 'classes' ? outputs.classes : 1;
}

function rowsFor(source: TaskSource, samples: number): number {
  const { sequenceLength, scored } = source.shape;
  const most = Math.min(MOST_TOKENS / sequenceLength, MOST_ANSWERS / (scored * answerSize(source)));
  return Math.max(1, Math.min(samples, Math.floor(most)));
}

/** The last pass has the shape of the others, so that nothing is compiled for it; more is made than scored. */
function* passesOf(source: TaskSource, split: TaskSplit, samples: number): Generator<Pass> {
  const rows = rowsFor(source, samples);
  for (let from = 0; from < samples; from += rows) {
    const batch = batchOf(source, { split, from, batchSize: rows });
    const left = Math.min(rows, samples - from);
    yield { batch, scored: left === rows ? batch : batchOf(source, { split, from, batchSize: left }) };
  }
}

/** Validation samples with more numbers than this are drawn anew each time instead of kept. */
const MOST_KEPT = 2 ** 21;

/** The validation samples of a part, drawn at the first use and kept where they are few. */
function keptPasses(source: TaskSource, samples: number): () => readonly Pass[] | undefined {
  const { sequenceLength, inputs } = source.shape;
  if (samples * sequenceLength * (inputs.kind === 'real' ? inputs.width : 1) > MOST_KEPT)
    return () => undefined;
  let kept: readonly Pass[] | undefined;
  return () => (kept ??= [...passesOf(source, 'validation', samples)]);
}

/**
 * Makes the function that scores a task model; answers are made only where they are asked.
 *
 * State: reads the weights that live in the engine, so it may be called between updates.
 * @throws NonFiniteError (when called) for an answer that is NaN.
 */
export function createScorer(engine: Engine, model: Model): Scorer {
  const compiled = engine.compile(
    (...[inputs, positions]: readonly [Tensor, Tensor]): Tensor => model.answers(inputs, positions),
    { variables: model.variables, name: 'answers' },
  );
  const answersOf = async (batch: TaskBatch): Promise<Float32Array> => {
    const question = questionTensors(batch);
    try {
      const answers = await compiled(...question);
      const values = answers.dataSync() as Float32Array; // logits and numbers are float32
      answers.dispose();
      return values;
    } finally {
      tf.dispose(question);
    }
  };
  return {
    score: async ({
      source,
      split,
      samples,
      onProgress,
      signal,
      passes = passesOf(source, split, samples),
    }) => {
      const sheet = new ScoreSheet(source);
      const perRow = source.shape.scored * answerSize(source);
      let done = 0;
      for (const { batch, scored } of passes) {
        await pause(signal);
        const answers = await answersOf(batch);
        sheet.add(scored, answers.subarray(0, scored.batchSize * perRow));
        done += scored.batchSize;
        onProgress?.(done);
      }
      return sheet.result;
    },
    dispose: async () => compiled.dispose(),
  };
}

type Scores = Readonly<Record<string, MetricScore>>;

/** Metrics over the scored positions of all parts together. */
function together(all: readonly Scores[]): Record<string, number> {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const scores = all.flatMap((one) => one[name] ?? []);
      const n = scores.reduce((sum, score) => sum + score.n, 0);
      return [name, scores.reduce((sum, score) => sum + score.mean * score.n, 0) / n];
    }),
  );
}

const means = (scores: Scores): Record<string, number> =>
  Object.fromEntries(Object.entries(scores).map(([name, { mean }]) => [name, mean]));

/** Scores the validation samples of a config, and chooses by the first metric of its task. */
export function createTaskValidator(config: TaskRunConfig, scorer: Scorer): Validator {
  const { stopAt, evalSamples } = config.train;
  const parts = openParts(config, 'validation').map((part) => {
    const samples = Math.min(part.samples, evalSamples ?? Infinity);
    return { ...part, samples, passes: keptPasses(part.source, samples) };
  });
  const { name, best } = firstMetric(parts);
  return {
    validate: async (_, { signal }) => {
      const scores: Scores[] = [];
      let total = 0;
      for (const { source, samples, passes } of parts) {
        scores.push(await scorer.score({ source, split: 'validation', samples, passes: passes(), signal }));
        total += samples;
      }
      const metrics = together(scores);
      return {
        score: metrics[name] ?? NaN,
        metrics,
        parts: parts.map((part, i) => ({ part: part.name, metrics: means(scores[i] ?? {}) })),
        samples: total,
      };
    },
    validatesAll: true,
    isBetter: (score, than) => (best === 'high' ? score > than : score < than),
    isSolved: (score) => stopAt !== null && (best === 'high' ? score >= stopAt : score <= stopAt),
  };
}

/** Rows that diagnostics are taken from. */
const INSPECTED_ROWS = 4;

/** The first validation samples of a config, for diagnostics; each row is one document. */
export function inspectedSamples(config: TaskRunConfig): InspectedRows | undefined {
  const [part] = openParts(config, 'validation');
  if (!part) return undefined;
  const batchSize = Math.min(INSPECTED_ROWS, part.samples);
  const batch = batchOf(part.source, { split: 'validation', from: 0, batchSize });
  const lengths = Array.from({ length: batchSize }, () => batch.sequenceLength);
  return { tensors: () => [inputTensor(batch)], lengths };
}
