import { z } from 'zod';
import { float32, type StoredTensors } from '../src/checkpoint/format.js';
import type { JsonObject } from '../src/checkpoint/manifest.js';
import type { NamedVariable } from '../src/core/assignWeights.js';
import {
  listCheckpoints,
  loadCheckpoint,
  saveCheckpoint,
  saveProgress,
  setAsideLater,
  stepFolderName,
  type Checkpoint,
  type SaveOptions,
} from '../src/checkpoint/store.js';
import { CheckpointError, ConfigError } from '../src/core/errors.js';
import { callback, list, made, optionsCheck, signal } from '../src/core/options.js';
import { count } from '../src/core/schema.js';
import type { Progress } from '../data/index.js';
import { createEngine } from '../src/engine/createEngine.js';
import type { Engine } from '../src/engine/engine.js';
import type { SpareSessions } from '../src/engine/graph/spareSessions.js';
import { overrideConfig, type ConfigChanges } from './config/resolveConfig.js';
import { engineOptionsOf, type PartialConfig, type RunConfig } from './config/schema.js';
import type { EndEvent, TrainEvent } from './events.js';
import type { CheckpointFolder, OpenJob } from './job.js';
import { loadOrigin } from './fineTune.js';
import { RunLog } from './logs/runLog.js';
import { repeatsIntervals, trainLoop } from './loop.js';
import { monotonicClock, type Clock } from './clock.js';
import { checkMemory } from './memory.js';
import { packageVersion } from '../src/core/ownPackage.js';
import { checkBudget, newProgress, progressFromJson, type RunProgress } from './progress.js';
import { createRunFolder, liesInRun, writeConfigFile } from './runFolder.js';
import { lockRun } from './runLock.js';
import { hashText, openTextJob, prepareText } from './stories.js';
import { overrideTaskConfig } from './tasks/resolveTaskConfig.js';
import type { PartialTaskConfig, TaskRunConfig } from './tasks/schema.js';
import { openTaskJob } from './tasks/taskRun.js';

/** What every run is given. */
export interface RunOptions {
  /** What measures time; `monotonicClock` unless given. */
  readonly clock?: Clock;
  /** Asks the run to save and end after the update under way; before the first it ends with the signal's reason. */
  readonly signal?: AbortSignal;
  /** End as an interruption would once the run has made so many updates; the schedule stays as it is. */
  readonly stopAfter?: number;
  readonly onEvent?: (event: TrainEvent) => void;
  /** Run also what memory does not seem to suffice for. */
  readonly force?: boolean;
  /** Told how far something is that may take long: text before the first update, a validation. */
  readonly onProgress?: (progress: Progress) => void;
  /** Of runs before it in this process, which then need not compile the same again. */
  readonly spare?: SpareSessions;
  /** Leave out a checkpoint that is due within so many milliseconds of the one before, or of the start. */
  readonly saveSpacingMs?: number;
}

export interface TrainRequest extends RunOptions {
  /** Of a run on text, or on a task. */
  readonly config: RunConfig | TaskRunConfig;
}

export interface ResumeRequest extends RunOptions {
  /** A run folder, or one of its step folders. */
  readonly folder: string;
  /** Settings to change; not those of model, tokenizer, task and seed. */
  readonly overrides?: PartialConfig | PartialTaskConfig;
  /** The same as `path=value`. */
  readonly sets?: readonly string[];
}

const runFields = {
  clock: callback<Clock>().optional(),
  signal: signal.optional(),
  stopAfter: count.optional(),
  onEvent: callback<(event: TrainEvent) => void>().optional(),
  force: z.boolean().optional(),
  onProgress: callback<(progress: Progress) => void>().optional(),
  spare: made<SpareSessions>('sessions of engines before').optional(),
  saveSpacingMs: z.number().min(0).optional(),
};

const checkTrain = optionsCheck<TrainRequest>({
  config: made<RunConfig | TaskRunConfig>('a config'),
  ...runFields,
});

const checkResume = optionsCheck<ResumeRequest>({
  folder: z.string(),
  overrides: made<PartialConfig | PartialTaskConfig>('settings').optional(),
  sets: list<readonly string[]>().optional(),
  ...runFields,
});

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
  readonly config: RunConfig | TaskRunConfig;
  readonly out: string;
  readonly from?: Checkpoint;
}

/**
 * Trains a new model from a resolved config, on text or on a task: makes data, model and engine, trains, validates,
 * samples, saves and logs into the run folder. A run that cannot begin leaves no folder that it made.
 *
 * The same config gives the same bytes, unless its budget is in minutes.
 * @throws ConfigError when the run folder holds a run or is another process's, or the config does not fit, nor its run
 *   into memory; DataError,
 *   CheckpointError, EngineError, NonFiniteError as its parts do; the signal's reason when aborted while it reads.
 */
export async function trainRun(request: TrainRequest): Promise<RunSummary> {
  checkTrain('trainRun', request);
  if (request.force !== true) checkMemory(request.config);
  const { out, removeEmpty } = await createRunFolder(request.config);
  try {
    return await lockAndRun({ config: { ...request.config, out }, out }, request);
  } catch (error) {
    await removeEmpty();
    throw error;
  }
}

/** The parts of a config that a run keeps for good. */
const FIXED = ['task', 'model', 'tokenizer', 'seed', 'from'] as const;

function changedConfig(saved: JsonObject, changes: ConfigChanges): RunConfig | TaskRunConfig {
  return 'task' in saved ? overrideTaskConfig(saved, changes) : overrideConfig(saved, changes);
}

/**
 * Goes on with a run from its newest checkpoint, or from the one given, exactly as if it had not stopped:
 * n updates are the same bytes as m, a resume, and n - m. Checkpoints after the one given are moved aside.
 *
 * @throws CheckpointError when the checkpoint is missing, damaged, in no run folder or does not fit; ConfigError for a change of
 *   model, tokenizer, task or seed, or a folder of another process; else as `trainRun`.
 */
export async function resumeRun(request: ResumeRequest): Promise<RunSummary> {
  const { folder, overrides, sets } = checkResume('resumeRun', request);
  const from = await loadCheckpoint(folder);
  if (!(await liesInRun(from))) {
    throw new CheckpointError(
      `checkpoint ${from.path}: expected it in the folder of its run, got ${from.run}, which is none; ` +
        `copy it as ${stepFolderName(from.step)} into an empty folder and resume that folder`,
    );
  }
  const config = changedConfig(from.config, { ...(overrides && { overrides }), ...(sets && { sets }) });
  const [now, before] = [toJson(config), toJson(changedConfig(from.config, {}))];
  for (const part of FIXED) {
    const [expected, got] = [JSON.stringify(before[part]), JSON.stringify(now[part])];
    if (got === expected) continue;
    throw new ConfigError(
      `config.${part}: expected that of the run (${expected}), got ${got}; train a new run to change it`,
    );
  }
  if (request.force !== true) checkMemory(config);
  return lockAndRun({ config: { ...config, out: from.run }, out: from.run, from }, request);
}

/** What decides the result; the engine does not but for rounding. */
function substance(config: RunConfig | TaskRunConfig): string {
  // Wherever the files of plug-ins lie.
  const plugIns = config.plugIns?.map(({ kind, name, sha256 }) => [kind, name, sha256]);
  return JSON.stringify({ ...config, plugIns, engine: null, out: null });
}

/**
 * Trains, or goes on from the newest checkpoint where the folder `config.out` has one of the same config. A run that
 * is finished is given back as it is.
 *
 * @throws ConfigError when the folder holds a run with another config; else as `trainRun` and `resumeRun`.
 */
export async function trainOrResume(
  request: TrainRequest & { readonly config: { readonly out: string | null } },
): Promise<RunSummary> {
  const { config, ...options } = checkTrain('trainOrResume', request);
  const { out } = config;
  if (out === null || (await listCheckpoints(out)).length === 0) return trainRun(request);
  const { config: saved } = await loadCheckpoint(out);
  if (substance(changedConfig(saved, {})) !== substance(config)) {
    throw new ConfigError(
      `run folder ${out}: expected an empty one, or a run with this config, got a run with another; choose another folder`,
    );
  }
  return resumeRun({ ...options, folder: out, overrides: { engine: config.engine } });
}

async function lockAndRun(plan: Plan, options: RunOptions): Promise<RunSummary> {
  const unlock = await lockRun(plan.out);
  try {
    const open = await prepare(plan, options);
    const { spare } = options;
    const engine = await createEngine({ ...engineOptionsOf(plan.config), ...(spare && { spare }) });
    try {
      const job = open(engine);
      try {
        return await runJob(plan, options, job, engine);
      } finally {
        await job.dispose();
      }
    } finally {
      await engine.dispose();
    }
  } finally {
    await unlock();
  }
}

/** Makes the data, and gives what makes the job. */
async function prepare({ config, from }: Plan, options: RunOptions): Promise<(engine: Engine) => OpenJob> {
  if ('task' in config) return (engine) => openTaskJob(config, engine, from);
  const { onEvent, signal, onProgress } = options;
  const following = { signal, onProgress };
  const origin = config.from && !from ? await loadOrigin(config.from) : undefined;
  const tokenizer = (from ?? origin)?.tokenizer;
  const data = await prepareText({ config, tokenizer, onEvent, ...following });
  const hashes = await hashText(data, following);
  return (engine) => openTextJob({ config, data, hashes, engine, from, origin });
}

/** The rules of a model's memories that have no chunk form, each once. */
function rulesBySteps({ layers }: OpenJob['model']): readonly string[] {
  const rules = layers.flatMap(({ plan }) => plan.memory?.rule ?? []);
  return [...new Set(rules.filter((rule) => !rule.chunk).map(({ name }) => name))];
}

/** Runs the loop, hands every event to the logs and then to the caller, and gives the last. */
async function runJob(plan: Plan, options: RunOptions, job: OpenJob, engine: Engine): Promise<RunSummary> {
  const { config, out, from } = plan;
  const { clock = monotonicClock, onEvent = () => undefined, ...others } = options;
  const { signal, stopAfter, onProgress, saveSpacingMs } = others;
  const progress = from ? progressFromJson(from.progress, `checkpoint of step ${from.step}`) : newProgress;
  checkBudget(job.budget, progress);
  if (from) await setAsideLater(out, from.step);
  await writeConfigFile(out, config);
  const resumed = { step: progress.step, repeatsIntervals: repeatsIntervals(job, progress) };
  const log = await RunLog.open(out, resumed, config.train.logEvery, clock);
  const { name, device, threads } = engine;
  const facts = { out, parameters: job.model.parameterCount, engine: name, device };
  try {
    const { budget, text } = job;
    const chosen = threads !== undefined && { threads };
    const slow = rulesBySteps(job.model);
    const bySteps = slow.length > 0 && { bySteps: slow };
    onEvent({
      type: 'start',
      step: progress.step,
      budget,
      ...facts,
      ...chosen,
      ...bySteps,
      ...(text && { text }),
    });
    const folder = checkpointFolder(plan, job, engine);
    const how = { signal, stopAfter, onProgress, saveSpacingMs };
    const loop = trainLoop({ config, job, folder, progress, clock, ...how });
    for await (const event of loop) {
      await log.write(event);
      onEvent(event);
      if (event.type !== 'done' && event.type !== 'interrupted') continue;
      return { ...event, ...facts, compileSeconds: engine.compileSeconds };
    }
  } finally {
    await log.close();
  }
  throw new Error('train: the loop ended without its last event');
}

function checkpointFolder({ config, out, from }: Plan, job: OpenJob, engine: Engine): CheckpointFolder {
  // The newest checkpoints stay, and the best.
  const keptOf = ({ best }: RunProgress): SaveOptions => ({
    keep: config.train.keep,
    alwaysKeep: best === null || !config.train.saveBest ? [] : [best.step],
  });
  return {
    newest: from?.path ?? null,
    save: async (progress, cursor, keepAll) => {
      const contents = {
        step: progress.step,
        config: toJson(config),
        model: toJson(job.model.config),
        tokenizer: job.tokenizer,
        cursor,
        // All random streams are derived from the seed by label, so it is their whole state.
        rng: { seed: config.seed },
        progress: toJson(progress),
        versions: versions(),
        ...(job.data && { data: job.data }),
        weights: await readTensors(engine, job.model.weights),
        optimizer: await readTensors(engine, job.moments),
      };
      return saveCheckpoint(out, contents, keepAll ? { keep: Infinity } : keptOf(progress));
    },
    finalise: async (path, progress) => saveProgress(path, toJson(progress), keptOf(progress)),
    setAside: async (step) => setAsideLater(out, step),
  };
}

/** Copies variables out of the engine, to be saved. */
async function readTensors(engine: Engine, named: readonly NamedVariable[]): Promise<StoredTensors> {
  await engine.pull(named.map(({ variable }) => variable));
  const stored = named.map(async ({ name, variable }) => {
    const data = await variable.data<'float32'>();
    return [name, float32(variable.shape, data)] as const;
  });
  return new Map(await Promise.all(stored));
}

/** A value of ours as the JSON it is; rids it of types that TypeScript cannot see to be JSON. */
function toJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject; // JSON.parse gives nothing but JSON
}

/** What writes a checkpoint. */
function versions(): Record<string, string> {
  return { pavlov: packageVersion(), node: process.version };
}
