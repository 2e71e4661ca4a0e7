import { loadCheckpoint, type Checkpoint } from '../../src/checkpoint/store.js';
import { CheckpointError } from '../../src/core/errors.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Model } from '../../src/model/model.js';
import { createInspector } from '../diagnostics/inspector.js';
import { openJob, type OpenJob } from '../job.js';
import { createTaskModel, stepsOf, tokensPerUpdateOf } from './parts.js';
import { checkTaskConfig } from './resolveTaskConfig.js';
import type { TaskRunConfig } from './schema.js';
import { createScorer, createTaskValidator, inspectedSamples, taskObjective } from './scorer.js';
import { TrainingBatches } from './trainingBatches.js';

/**
 * Makes model, optimizer and batches of a training on a task, as new or as a checkpoint has them. Fresh samples every
 * step, or a finite set where the config says so. The test samples are never read: see `testOnTask`.
 *
 * @throws CheckpointError when the checkpoint does not fit.
 */
export function openTaskJob(config: TaskRunConfig, engine: Engine, from?: Checkpoint): OpenJob {
  const model = createTaskModel(config, from);
  const batches = new TrainingBatches(config);
  if (typeof from?.cursor === 'number') batches.skipTo(from.cursor);
  const scorer = createScorer(engine, model);
  const parts = {
    engine,
    config,
    model,
    batches,
    budget: {
      unit: 'steps' as const,
      amount: stepsOf(config),
      tokensPerUpdate: tokensPerUpdateOf(config),
    },
    objective: taskObjective(model),
    validator: { ...createTaskValidator(config, scorer), dispose: async () => scorer.dispose() },
    inspector: createInspector(engine, model, inspectedSamples(config)),
    tokenizer: {},
  };
  return openJob(parts, from);
}

/** A model that was trained on a task. */
export interface LoadedTaskRun {
  readonly config: TaskRunConfig;
  /** The caller disposes it. */
  readonly model: Model;
}

/**
 * The model of a run folder with the weights of its newest checkpoint, and its config.
 *
 * @throws CheckpointError when there is none, or it is damaged or no training on a task.
 */
export async function loadTaskRun(folder: string): Promise<LoadedTaskRun> {
  const from = await loadCheckpoint(folder);
  if (!('task' in from.config)) {
    throw new CheckpointError(
      `checkpoint ${from.path}: expected a training on a task, got one on text; use pavlov eval for it`,
    );
  }
  const config = checkTaskConfig(from.config);
  return { config, model: createTaskModel(config, from) };
}
