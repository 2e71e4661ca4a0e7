import {
  listCheckpoints,
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
} from '../../src/checkpoint/store.js';
import type { JsonObject } from '../../src/checkpoint/manifest.js';
import { ConfigError } from '../../src/core/errors.js';
import type { Engine } from '../../src/engine/engine.js';
import type { TaskModel } from '../../src/model/taskModel.js';
import { readTensors } from '../tensors.js';
import type { NamedVariable } from '../updater.js';
import { versions } from '../versions.js';
import { checkTaskConfig } from './resolveTaskConfig.js';
import type { TaskRunConfig } from './schema.js';
import { taskProgressToJson, type TaskProgress } from './taskProgress.js';

/** A value of ours as the JSON it is; rids it of types that TypeScript cannot see to be JSON. */
function toJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject; // JSON.parse gives nothing but JSON
}

/** What decides the result; the engine does not but for rounding. */
function substance(config: TaskRunConfig): string {
  return JSON.stringify({ ...config, engine: null });
}

/**
 * The newest checkpoint of a run folder, if it holds any.
 *
 * @throws ConfigError when it is one of another config; CheckpointError when it is damaged.
 */
export async function newestOf(folder: string, config: TaskRunConfig): Promise<Checkpoint | undefined> {
  if ((await listCheckpoints(folder)).length === 0) return undefined;
  const found = await loadCheckpoint(folder);
  if (substance(checkTaskConfig(found.config)) === substance(config)) return found;
  throw new ConfigError(
    `run folder ${folder}: expected an empty one, or a training with this config, got a training with another; choose another folder`,
  );
}

/** What is saved of a training. */
export interface TaskSnapshot {
  readonly engine: Engine;
  readonly config: TaskRunConfig;
  readonly model: TaskModel;
  readonly moments: readonly NamedVariable[];
  readonly progress: TaskProgress;
}

/** Writes a checkpoint of a training, and gives its path. */
export async function saveTaskRun(
  folder: string,
  { engine, config, model, moments, progress }: TaskSnapshot,
): Promise<string> {
  const contents = {
    step: progress.step,
    config: toJson(config),
    model: toJson(model.config),
    tokenizer: {},
    cursor: progress.step,
    // All random streams are derived from the seed by label, so it is their whole state.
    rng: { seed: config.seed },
    progress: taskProgressToJson(progress),
    versions: versions(),
    weights: await readTensors(engine, model.weights),
    optimizer: await readTensors(engine, moments),
  };
  return saveCheckpoint(folder, contents, { keep: config.train.keep });
}
