import { storyCount, tokenizerFromJson, type Tokenizer } from '../data/index.js';
import type { JsonObject } from '../src/checkpoint/manifest.js';
import {
  loadCheckpoint,
  saveCheckpoint,
  saveProgress,
  setAsideLater,
  type Checkpoint,
  type CheckpointContents,
  type SaveOptions,
} from '../src/checkpoint/store.js';
import { ConfigError } from '../src/core/errors.js';
import type { Clock } from './clock.js';
import { overrideConfig } from './config/resolveConfig.js';
import type { PartialConfig, RunConfig } from './config/schema.js';
import type { EndEvent, StartEvent, TrainEvent } from './events.js';
import { RunLog } from './logs/runLog.js';
import { trainLoop, type LoopParts } from './loop.js';
import { budgetOf, newProgress, progressFromJson, progressToJson, type RunProgress } from './progress.js';
import { createRunFolder, writeConfigFile } from './runFolder.js';
import { lockRun } from './runLock.js';
import { openSession, prepareData, type Session, type TrainingData } from './session.js';
import { readTensors } from './tensors.js';
import { versions } from './versions.js';

/** What every run is given. */
export interface RunOptions {
  readonly clock: Clock;
  /** Asks the run to save and end after the update under way; before the first it ends with the signal's reason. */
  readonly signal?: AbortSignal;
  /** End as an interruption would once the run has made so many updates; the schedule stays as it is. */
  readonly stopAfter?: number;
  readonly onEvent?: (event: TrainEvent) => void;
}

export interface TrainRequest extends RunOptions {
  readonly config: RunConfig;
}

export interface ResumeRequest extends RunOptions {
  /** A run folder, or one of its step folders. */
  readonly folder: string;
  /** Settings to change; not those of model, tokenizer and seed. */
  readonly overrides?: PartialConfig;
  /** The same as `path=value`. */
  readonly sets?: readonly string[];
}

/** What a run came to. */
export interface RunSummary extends EndEvent {
  /** Run folder. */
  readonly out: string;
  readonly parameters: number;
  readonly engine: string;
  readonly device: string;
  readonly compileSeconds: number;
}

/** A run made ready: where it stands and what it goes on from. */
interface Plan {
  readonly config: RunConfig;
  readonly out: string;
  readonly progress: RunProgress;
  readonly from?: Checkpoint;
  readonly tokenizer?: Tokenizer;
}

/**
 * Trains a new model from a resolved config: reads the text, makes model and engine, trains, validates,
 * samples, saves and logs into the run folder. A run that cannot begin leaves no folder that it made.
 *
 * The same config gives the same bytes, unless its budget is in minutes.
 * @throws ConfigError when the run folder holds a run or is another process's, or the config does not fit; DataError,
 *   CheckpointError, EngineError, NonFiniteError as its parts do; the signal's reason when aborted while it reads.
 */
export async function trainRun(request: TrainRequest): Promise<RunSummary> {
  const { out, removeEmpty } = await createRunFolder(request.config);
  try {
    return await execute({ config: { ...request.config, out }, out, progress: newProgress }, request);
  } catch (error) {
    await removeEmpty();
    throw error;
  }
}

/**
 * Goes on with a run from its newest checkpoint, or from the one given, exactly as if it had not stopped:
 * n updates are the same bytes as m, a resume, and n - m. Checkpoints after the one given are moved aside.
 *
 * @throws CheckpointError when the checkpoint is missing, damaged or does not fit; ConfigError for a change of
 *   model, tokenizer or seed, or a folder of another process; else as `trainRun`.
 */
export async function resumeRun(request: ResumeRequest): Promise<RunSummary> {
  const from = await loadCheckpoint(request.folder);
  const saved = overrideConfig(from.config, {});
  const config = overrideConfig(from.config, request);
  for (const part of ['model', 'tokenizer', 'seed'] as const) {
    if (JSON.stringify(config[part]) === JSON.stringify(saved[part])) continue;
    throw new ConfigError(
      `config.${part}: expected that of the run (${JSON.stringify(saved[part])}), got ${JSON.stringify(config[part])}; train a new run to change it`,
    );
  }
  const progress = progressFromJson(from.progress, `checkpoint of step ${from.step}`);
  const tokenizer = tokenizerFromJson(from.tokenizer);
  return execute({ config: { ...config, out: from.run }, out: from.run, progress, from, tokenizer }, request);
}

async function execute(plan: Plan, options: RunOptions): Promise<RunSummary> {
  const unlock = await lockRun(plan.out);
  try {
    return await executeAlone(plan, options);
  } finally {
    await unlock();
  }
}

async function executeAlone(plan: Plan, options: RunOptions): Promise<RunSummary> {
  const { config, out, progress, from } = plan;
  const { clock, onEvent = () => undefined } = options;
  const data = await prepareData({ config, tokenizer: plan.tokenizer, onEvent, signal: options.signal });
  const session = await openSession(config, data, from);
  try {
    if (from) await setAsideLater(out, from.step);
    await writeConfigFile(out, config);
    const log = await RunLog.open(out, progress.step, config.train.logEvery, clock);
    try {
      onEvent(startEvent(plan, data, session));
      return await follow(plan, data, session, { ...options, onEvent, log });
    } finally {
      await log.close();
    }
  } finally {
    await session.dispose();
  }
}

interface Followers extends RunOptions {
  readonly onEvent: (event: TrainEvent) => void;
  readonly log: RunLog;
}

/** Runs the loop, hands every event to the logs and then to the caller, and gives the last. */
async function follow(
  plan: Plan,
  data: TrainingData,
  session: Session,
  followers: Followers,
): Promise<RunSummary> {
  const { engine, model } = session;
  for await (const event of trainLoop(loopParts(plan, data, session, followers))) {
    await followers.log.write(event);
    followers.onEvent(event);
    if (event.type !== 'done' && event.type !== 'interrupted') continue;
    const { name, device, compileSeconds } = engine;
    return {
      ...event,
      out: plan.out,
      parameters: model.parameterCount,
      engine: name,
      device,
      compileSeconds,
    };
  }
  throw new Error('train: the loop ended without its last event');
}

function loopParts(
  plan: Plan,
  data: TrainingData,
  session: Session,
  { clock, signal, stopAfter }: Followers,
): LoopParts {
  const { config, progress, from } = plan;
  const { updater, cursor, validate, validatesAll, inspect, sample } = session;
  return {
    config,
    updater,
    progress,
    clock,
    signal,
    stopAfter,
    validate,
    validatesAll,
    inspect,
    sample,
    batches: cursor,
    checkpoint: from?.path ?? null,
    save: async (now, place, keepAll) =>
      saveCheckpoint(
        plan.out,
        await contentsOf(plan, data, session, now, place),
        keepAll ? { keep: Infinity } : keptOf(plan, now),
      ),
    settle: async (path, now) => saveProgress(path, progressToJson(now), keptOf(plan, now)),
    setAside: async (step) => setAsideLater(plan.out, step),
  };
}

/** Checkpoints that stay: the newest, and the best. */
function keptOf({ config }: Plan, { best }: RunProgress): SaveOptions {
  return { keep: config.train.keep, alwaysKeep: best === null ? [] : [best.step] };
}

async function contentsOf(
  { config }: Plan,
  { tokenizer }: TrainingData,
  { engine, model, updater }: Session,
  progress: RunProgress,
  cursor: JsonObject,
): Promise<CheckpointContents> {
  return {
    step: progress.step,
    config: toJson(config),
    model: toJson(model.config),
    tokenizer: toJson(tokenizer.toJSON()),
    cursor,
    // All random streams are derived from the seed by label, so it is their whole state.
    rng: { seed: config.seed },
    progress: progressToJson(progress),
    versions: versions(),
    weights: await readTensors(engine, model.weights),
    optimizer: await readTensors(engine, updater.moments),
  };
}

/** A value of ours as the JSON it is; rids it of types that TypeScript cannot see to be JSON. */
function toJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject; // JSON.parse gives nothing but JSON
}

function startEvent(
  { config, out, progress }: Plan,
  { set }: TrainingData,
  { engine, model }: Session,
): StartEvent {
  return {
    type: 'start',
    out,
    step: progress.step,
    budget: budgetOf(config),
    parameters: model.parameterCount,
    vocabulary: model.config.vocabularySize,
    trainStories: storyCount(set.train),
    trainTokens: set.train.tokens.length,
    validationStories: storyCount(set.validation),
    engine: engine.name,
    device: engine.device,
  };
}
