import {
  BatchCursor,
  encodeCorpus,
  loadCorpus,
  storyCount,
  takeStories,
  tokenizerFor,
  type Corpus,
  type CursorState,
  type EncodedSet,
  type Tokenizer,
} from '../data/index.js';
import type { Checkpoint } from '../src/checkpoint/store.js';
import { Rng } from '../src/core/rng.js';
import { createEngine } from '../src/engine/createEngine.js';
import type { Engine } from '../src/engine/engine.js';
import type { ModelConfig } from '../src/model/config.js';
import { LanguageModel } from '../src/model/languageModel.js';
import type { RunConfig } from './config/schema.js';
import { engineOptionsOf } from './engineOptions.js';
import type { TrainEvent } from './events.js';
import { generateText } from './generate.js';
import { createInspector, type Inspection } from './diagnostics/inspector.js';
import { createUpdater, type Updater } from './step.js';
import { assignTensors } from './tensors.js';
import { createValidator, type Validation } from './validate.js';

/** Tokens of both splits, cut to what the config asks for. */
export interface TrainingData {
  readonly tokenizer: Tokenizer;
  readonly set: EncodedSet;
  /** The part of the validation split that is used at intervals. */
  readonly glance: EncodedSet['validation'];
}

export interface DataRequest {
  readonly config: RunConfig;
  /** Of a run that goes on. */
  readonly tokenizer?: Tokenizer | undefined;
  readonly onEvent: (event: TrainEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads and encodes the text of a run.
 *
 * @throws DataError when it cannot be read; the signal's reason when aborted.
 */
export async function prepareData(request: DataRequest): Promise<TrainingData> {
  const { config, tokenizer: given, onEvent, signal } = request;
  const { data, train } = config;
  const corpus: Corpus = await loadCorpus(data.source, { textColumn: data.textColumn });
  const vocabularySize = config.tokenizer.vocabularySize;
  const tokenizer = given ?? tokenizerFor(corpus, config.tokenizer.name, { vocabularySize });
  const full = await encodeCorpus(corpus, tokenizer, {
    ...(data.cacheFolder === null ? {} : { cacheDir: data.cacheFolder }),
    ...(signal && { signal }),
    onEvent: (event) => {
      onEvent({ type: 'encoding', event });
    },
  });
  const set = { ...full, train: takeStories(full.train, data.trainStories ?? Infinity) };
  return { tokenizer, set, glance: takeStories(full.validation, train.evalStories ?? Infinity) };
}

/** The model of a run: its vocabulary is what the tokenizer really has. */
export function modelConfigOf({ model }: RunConfig, tokenizer: Tokenizer): ModelConfig {
  return { ...model, vocabularySize: tokenizer.vocabularySize };
}

/** Everything that works on tensors in a run. */
export interface Session {
  readonly engine: Engine;
  readonly model: LanguageModel;
  readonly updater: Updater;
  readonly cursor: BatchCursor;
  readonly validate: (all: boolean) => Promise<Validation>;
  readonly validatesAll: boolean;
  readonly inspect: () => Promise<Inspection>;
  readonly sample: (step: number) => Promise<string>;
  readonly dispose: () => Promise<void>;
}

/**
 * Makes engine, model and optimizer, as new or as a checkpoint has them.
 *
 * @throws CheckpointError when the checkpoint does not fit, DataError when it was saved with another text.
 */
export async function openSession(
  config: RunConfig,
  data: TrainingData,
  from?: Checkpoint,
): Promise<Session> {
  const model = LanguageModel.create(modelConfigOf(config, data.tokenizer), config.seed);
  const engine = await createEngine(engineOptionsOf(config));
  try {
    return buildSession({ config, data, from, model, engine });
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}

interface SessionParts {
  readonly config: RunConfig;
  readonly data: TrainingData;
  readonly from: Checkpoint | undefined;
  readonly model: LanguageModel;
  readonly engine: Engine;
}

function buildSession({ config, data, from, model, engine }: SessionParts): Session {
  const { train, optimizer: settings } = config;
  const updater = createUpdater({ engine, model, settings, accumulate: train.accumulationSteps });
  if (from) restore(model, updater, from);
  const validator = createValidator(engine, model, {
    batchSize: train.evalBatchSize,
    sequenceLength: train.sequenceLength,
  });
  const inspector = createInspector(engine, model, data.glance, train);
  return {
    engine,
    model,
    updater,
    cursor: openCursor(config, data, from),
    validate: async (all) => validator.validate(all ? data.set.validation : data.glance),
    validatesAll: storyCount(data.glance) === storyCount(data.set.validation),
    inspect: async () => inspector.inspect(),
    sample: async (step) => sampleText(config, { engine, model, tokenizer: data.tokenizer }, step),
    dispose: async () => {
      for (const part of [updater, validator, inspector, engine]) await part.dispose();
      model.dispose();
    },
  };
}

/** Puts a checkpoint's weights and moments where the run trains on. */
export function restore(
  model: LanguageModel,
  updater: Updater,
  { weights, optimizer, step }: Checkpoint,
): void {
  const where = `checkpoint of step ${step}`;
  assignTensors(model.weights, weights, `${where}: weights.safetensors`);
  assignTensors(updater.moments, optimizer, `${where}: optimizer.safetensors`);
}

function openCursor({ train, seed }: RunConfig, { set }: TrainingData, from?: Checkpoint): BatchCursor {
  const { batchSize, sequenceLength } = train;
  const shape = { batchSize, sequenceLength };
  if (from === undefined) return new BatchCursor(set.train, { ...shape, seed });
  // The cursor checks every field of the state itself.
  return BatchCursor.fromState(set.train, shape, from.cursor as unknown as CursorState);
}

type Speaker = Pick<Session, 'engine' | 'model'> & { readonly tokenizer: Tokenizer };

/** A sample that depends on seed, step and weights only, so that a resumed run gives the same. */
async function sampleText({ sample, seed }: RunConfig, speaker: Speaker, step: number): Promise<string> {
  const { prompt, maxTokens: tokens, temperature, topK, topP } = sample;
  const sampling = { temperature, topK: topK ?? 0, topP };
  return generateText({
    ...speaker,
    prompt,
    tokens,
    sampling,
    rng: Rng.fromSeed(seed).derive('sample', step),
  });
}
