import {
  BatchCursor,
  encodeCorpus,
  hashTokens,
  loadCorpus,
  pause,
  sketchStories,
  storyCount,
  takeStories,
  takeTokens,
  targetCount,
  tokenizerFor,
  tokenizerFromJson,
  validationBatches,
  type Batch,
  type BatchShape,
  type CursorState,
  type EncodedSet,
  type Following,
  type SourceFile,
  type Tokenizer,
  type TokenSet,
} from '../data/index.js';
import type { JsonObject } from '../src/checkpoint/manifest.js';
import type { Checkpoint } from '../src/checkpoint/store.js';
import { DataError, NonFiniteError } from '../src/core/errors.js';
import { Rng } from '../src/core/rng.js';
import { tf, type Tensor, type Tensor2D } from '../src/core/tf.js';
import { optionsCheck } from '../src/core/options.js';
import { count } from '../src/core/schema.js';
import type { Engine } from '../src/engine/engine.js';
import type { ModelOptions } from '../src/model/config.js';
import { Model } from '../src/model/model.js';
import type { RunConfig } from './config/schema.js';
import { createInspector, type InspectedRows } from './diagnostics/inspector.js';
import type { EncodingEvent } from './events.js';
import { generateText } from '../src/model/generate.js';
import { openJob, type OpenJob, type Validator } from './job.js';
import type { Budget } from './progress.js';
import type { Objective } from './updater.js';

/** A batch as tensors: ids, targets, loss mask, documents, each [B,T]. */
type BatchTensors = [Tensor2D, Tensor2D, Tensor2D, Tensor2D];

/** A batch as tensors; the caller disposes them. */
export function batchTensors({
  batchSize,
  sequenceLength,
  inputs,
  targets,
  lossMask,
  documents,
}: Batch): BatchTensors {
  const shape: [number, number] = [batchSize, sequenceLength];
  return [
    tf.tensor2d(inputs, shape, 'int32'),
    tf.tensor2d(targets, shape, 'int32'),
    tf.tensor2d(lossMask, shape, 'float32'),
    tf.tensor2d(documents, shape, 'int32'),
  ];
}

/** Cross-entropy of the targets of text, nats per token. */
export function textObjective(model: Model): Objective<Batch> {
  return {
    weights: model.weights,
    tensors: batchTensors,
    lossSum: (...batch: readonly Tensor[]) => model.lossSum(...(batch as BatchTensors)), // as `batchTensors` gives them
    totalWeight: ({ lossMask }) => lossMask.reduce((a, b) => a + b, 0),
  };
}

/** What a set scores. */
export interface TextScores {
  /** Mean over all targets, ends of text included. Nats per token. */
  readonly lossNats: number;
  /** Sum of nats / ln 2 / UTF-8 bytes of the stories. */
  readonly bitsPerByte: number;
  readonly stories: number;
}

/** Scores sets with a model as its weights are in the engine. */
export interface TextScorer {
  /** Tells the bytes of text scored; between two batches it lets others in. */
  score(set: TokenSet, following?: Following): Promise<TextScores>;
  dispose(): Promise<void>;
}

const checkShape = optionsCheck<BatchShape>({ batchSize: count, sequenceLength: count });

/**
 * Makes the function that scores text. Every story is read from its start and every token scored once.
 *
 * @throws NonFiniteError when a loss is NaN or infinite, DataError for an empty set, the signal's reason when aborted
 *   (all when called).
 * State: reads the weights that live in the engine, so it may be called between updates.
 */
export function createTextScorer(engine: Engine, model: Model, shape: BatchShape): TextScorer {
  checkShape('createTextScorer', shape);
  const compiled = engine.compile((...batch: BatchTensors): Tensor => model.lossSum(...batch), {
    variables: model.variables,
    name: 'validation',
  });
  const natsOf = async (tensors: BatchTensors): Promise<number> => {
    const sum = await compiled(...tensors);
    const [nats = NaN] = sum.dataSync();
    tf.dispose([...tensors, sum]);
    return nats;
  };
  return {
    score: async (set, { signal, onProgress } = {}) => {
      let [nats, targets] = [0, 0];
      const all = targetCount(set);
      for (const batch of validationBatches(set, shape)) {
        onProgress?.({ doing: 'validating', bytes: (set.bytes * targets) / all, total: set.bytes });
        await pause(signal);
        nats += await natsOf(batchTensors(batch));
        targets += batch.lossMask.reduce((a, b) => a + b, 0);
      }
      if (targets === 0)
        throw new DataError('validation: expected at least one story, got none; use more text');
      if (!Number.isFinite(nats)) {
        throw new NonFiniteError(
          `validation: expected finite nats, got ${nats}; go back to an earlier checkpoint and lower optimizer.learningRate`,
        );
      }
      return { lossNats: nats / targets, bitsPerByte: nats / Math.LN2 / set.bytes, stories: storyCount(set) };
    },
    dispose: async () => compiled.dispose(),
  };
}

/** Tokens of both splits, cut to what the config asks for. */
export interface TextData {
  readonly tokenizer: Tokenizer;
  readonly set: EncodedSet;
  /** The validation text that is used at intervals, and at the end. */
  readonly subset: TokenSet;
  readonly final: TokenSet;
  /** The files it was read from. */
  readonly files: readonly SourceFile[];
}

/** SHA-256 of the files it was read from and of the tokens of both splits, and a sketch of the training stories. */
interface TextHashes {
  readonly files: readonly string[];
  readonly train: string;
  readonly validation: string;
  readonly stories: string;
}

/** Refuses to go on with other text than that of the checkpoint. */
function checkText({ data: saved, step, path }: Checkpoint, hashes: TextHashes, source: string): void {
  if (saved === undefined) return; // an earlier version kept none
  const names = { train: 'training', validation: 'validation' } as const;
  const changed = (['train', 'validation'] as const).filter((split) => saved[split] !== hashes[split]);
  if (changed.length === 0) return;
  throw new DataError(
    `data ${source}: expected the text that the checkpoint of step ${step} was saved with, got other ` +
      `${changed.map((split) => names[split]).join(' and ')} text; bring that text back, or fine-tune on the other text with 'pavlov train --from ${path} --data ${source}'`,
  );
}

export interface TextRequest extends Following {
  readonly config: RunConfig;
  /** Tokenizer of a run that goes on, as it was saved. */
  readonly tokenizer?: JsonObject | undefined;
  readonly onEvent?: ((event: EncodingEvent) => void) | undefined;
}

/**
 * Reads and encodes the text of a run.
 *
 * @throws DataError when it cannot be read; the signal's reason when aborted.
 */
export async function prepareText(request: TextRequest): Promise<TextData> {
  const { config, tokenizer: saved, onEvent, ...following } = request;
  const { data, train } = config;
  const corpus = await loadCorpus(data.source, { textColumn: data.textColumn, ...following });
  const { name, vocabularySize } = config.tokenizer;
  const tokenizer = saved
    ? tokenizerFromJson(saved)
    : await tokenizerFor(corpus, name, { vocabularySize, ...following });
  const full = await encodeCorpus(corpus, tokenizer, {
    ...(data.cacheFolder === null ? {} : { cacheDir: data.cacheFolder }),
    ...following,
    onEvent: (event) => onEvent?.({ type: 'encoding', event }),
  });
  const set = { ...full, train: takeStories(full.train, data.trainStories ?? Infinity) };
  const take = (from: TokenSet, tokens: number | null): TokenSet =>
    takeTokens(from, tokens ?? Infinity, (id) => tokenizer.bytesOf(id));
  const few = takeStories(full.validation, train.evalStories ?? Infinity);
  const final = take(full.validation, train.finalEvalTokens);
  return { tokenizer, set, subset: take(few, train.evalTokens), final, files: corpus.files };
}

/** What a checkpoint keeps of the text of its run, by which it is told again. */
export async function hashText({ set, files }: TextData, following: Following): Promise<TextHashes> {
  return {
    files: files.map(({ sha256 }) => sha256).sort(),
    train: await hashTokens(set.train, following),
    validation: await hashTokens(set.validation, following),
    stories: await sketchStories(set.train, following),
  };
}

/** The model of a run: its vocabulary is what the tokenizer really has. */
export function modelConfigOf(
  { model }: Pick<RunConfig, 'model'>,
  { vocabularySize }: Pick<Tokenizer, 'vocabularySize'>,
): ModelOptions {
  return { ...model, vocabularySize };
}

/** Tokens of one update. */
function tokensPerUpdate({ train }: RunConfig): number {
  return train.batchSize * train.sequenceLength * train.accumulationSteps;
}

/** The budget of a run; the config check has seen to it that there is exactly one. */
export function budgetOf(config: RunConfig): Budget {
  const { steps, tokens, minutes } = config.train;
  const shared = { tokensPerUpdate: tokensPerUpdate(config) };
  if (steps !== null) return { ...shared, unit: 'steps', amount: steps };
  if (tokens !== null) return { ...shared, unit: 'tokens', amount: tokens };
  return { ...shared, unit: 'minutes', amount: minutes ?? 0 };
}

function createValidator(scorer: TextScorer, { final, subset }: TextData): Validator {
  return {
    validate: async (all, following) => {
      const { lossNats: loss, bitsPerByte, stories } = await scorer.score(all ? final : subset, following);
      return { score: bitsPerByte, metrics: { loss, bitsPerByte }, parts: [], samples: stories };
    },
    validatesAll: subset.tokens.length === final.tokens.length,
    isBetter: (score, than) => score < than,
    isSolved: () => false,
  };
}

function openBatches({ train, seed }: RunConfig, { set }: TextData, from?: Checkpoint): BatchCursor {
  const { batchSize, sequenceLength } = train;
  const shape = { batchSize, sequenceLength };
  if (from === undefined) return new BatchCursor(set.train, { ...shape, seed });
  // The cursor checks every field of the state itself.
  return BatchCursor.fromState(set.train, shape, from.cursor as unknown as CursorState);
}

/** Rows of text that diagnostics are taken from. */
const INSPECTED_ROWS = 4;

function inspectedRows(set: TokenSet, sequenceLength: number): InspectedRows | undefined {
  const [batch] = validationBatches(set, { batchSize: INSPECTED_ROWS, sequenceLength });
  if (batch === undefined) return undefined;
  const { batchSize, documents, stories } = batch;
  const lengths = Array.from({ length: batchSize }, (_, row) => {
    const own = documents.subarray(row * sequenceLength, (row + 1) * sequenceLength);
    if (stories[row * sequenceLength] === -1) return 0;
    const end = own.findIndex((document) => document !== own[0]);
    return end === -1 ? sequenceLength : end;
  });
  const tensors = (): [Tensor2D, Tensor2D] => {
    const [ids, targets, lossMask, documentIds] = batchTensors(batch);
    tf.dispose([targets, lossMask]);
    return [ids, documentIds];
  };
  return { tensors, lengths };
}

/** Training of a language model on text. */
export interface TextJobRequest {
  readonly config: RunConfig;
  readonly data: TextData;
  readonly hashes: TextHashes;
  readonly engine: Engine;
  readonly from?: Checkpoint | undefined;
  /** Whose weights a new run begins with. */
  readonly origin?: Checkpoint | undefined;
}

/**
 * Makes model, optimizer and batches, as new or as a checkpoint has them.
 *
 * @throws CheckpointError when the checkpoint does not fit, DataError when it was saved with another text.
 */
export function openTextJob({ config, data, hashes, engine, from, origin }: TextJobRequest): OpenJob {
  const { seed, train } = config;
  const { sequenceLength } = train;
  const { tokenizer, set, subset } = data;
  if (from) checkText(from, hashes, config.data.source);
  const batches = openBatches(config, data, from);
  const options = modelConfigOf(config, tokenizer);
  const stored = from ?? origin;
  const model = stored
    ? Model.load(options, stored.weights, `checkpoint ${stored.path}: weights.safetensors`)
    : Model.create(options, seed);
  const scorer = createTextScorer(engine, model, { batchSize: train.evalBatchSize, sequenceLength });
  const { prompt, maxTokens: tokens, temperature, topK, topP } = config.sample;
  const speaker = { engine, model, tokenizer, prompt, tokens };
  const sampling = { temperature, topK: topK ?? 0, topP };
  const parts = {
    engine,
    config,
    model,
    budget: budgetOf(config),
    objective: textObjective(model),
    batches,
    validator: { ...createValidator(scorer, data), dispose: async () => scorer.dispose() },
    inspector: createInspector(engine, model, inspectedRows(subset, sequenceLength)),
    sample: {
      every: train.sampleEvery,
      prompt,
      // By seed, step and weights only, so that a resumed run gives the same.
      draw: async (step: number, signal?: AbortSignal) => {
        const rng = Rng.fromSeed(seed).derive('sample', step);
        const text = await generateText({ ...speaker, sampling, rng, ...(signal && { signal }) });
        signal?.throwIfAborted(); // what was drawn then is no sample
        return text;
      },
    },
    tokenizer: JSON.parse(JSON.stringify(tokenizer)) as JsonObject, // by its toJSON
    data: { ...hashes },
    text: {
      vocabularySize: tokenizer.vocabularySize,
      trainStories: storyCount(set.train),
      trainTokens: set.train.tokens.length,
      validationStories: storyCount(set.validation),
    },
  };
  return openJob(parts, from);
}
