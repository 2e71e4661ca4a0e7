import { setImmediate } from 'node:timers/promises';
import type { TaskBatch } from '../../data/index.js';
import { loadCheckpoint, type Checkpoint } from '../../src/checkpoint/store.js';
import { CheckpointError, lookUp, NonFiniteError } from '../../src/core/errors.js';
import { TaskModel } from '../../src/model/taskModel.js';
import { rateAt, schedules } from '../../src/optim/schedules.js';
import { Stopwatch } from '../stopwatch.js';
import { assignTensors } from '../tensors.js';
import { createObjectiveUpdater, type ObjectiveUpdater } from '../updater.js';
import type {
  LoadedTaskRun,
  TaskEvent,
  TaskPoint,
  TaskRunResult,
  TaskStatus,
  TaskTraining,
  TaskTrainOptions,
} from './contract.js';
import { taskModelConfigOf } from './modelOf.js';
import { taskObjective } from './objective.js';
import { firstMetric, openParts, stepsOf } from './parts.js';
import { checkTaskConfig } from './resolveTaskConfig.js';
import type { TaskRunConfig } from './schema.js';
import { createScorer, type Scorer } from './scorer.js';
import { newestOf, saveTaskRun } from './taskFolder.js';
import { newTaskProgress, taskProgressFromJson, type TaskProgress } from './taskProgress.js';
import { TrainingBatches } from './trainingBatches.js';
import { createValidation } from './validateTask.js';

/** A model with fresh weights for a config. */
function createModel(config: TaskRunConfig): TaskModel {
  const [part] = openParts(config, 'train');
  if (!part) throw new Error('tasks: expected a training part, got none');
  return TaskModel.create(taskModelConfigOf(config, part.source.shape), config.seed);
}

function loadWeights(model: TaskModel, { weights, step }: Checkpoint): void {
  assignTensors(model.weights, weights, `checkpoint of step ${step}: weights.safetensors`);
}

function progressOf({ progress, step }: Checkpoint): TaskProgress {
  return taskProgressFromJson(progress, `checkpoint of step ${step}`);
}

interface ResultFacts {
  readonly config: TaskRunConfig;
  readonly model: TaskModel;
  readonly progress: TaskProgress;
  readonly engine: string;
  readonly device: string;
}

function resultOf({ config, model, progress, engine, device }: ResultFacts): TaskRunResult {
  const parts = openParts(config, 'train');
  const { name, best } = firstMetric(parts);
  const longest = Math.max(...parts.map(({ source }) => source.shape.sequenceLength));
  const status: TaskStatus = progress.ended ?? 'interrupted';
  return {
    status,
    metric: name,
    best,
    steps: progress.step,
    samples: progress.step * config.train.batchSize,
    validation: progress.curve.at(-1) ?? null,
    curve: progress.curve,
    parameters: model.parameterCount,
    stateBytes: model.stateBytes(longest),
    seconds: progress.elapsedMs / 1000,
    tokensPerSecond: progress.tokensPerSecond,
    engine,
    device,
    fault: progress.fault,
  };
}

/** One training under way: single actions, each of which tells its events. */
class Training {
  private progress: TaskProgress;
  private savedStep: number;
  private readonly steps: number;
  private readonly batches: TrainingBatches;
  private readonly watch: Stopwatch;
  private readonly scorer: Scorer;
  private readonly updater: ObjectiveUpdater<TaskBatch>;
  private readonly validateNow: ReturnType<typeof createValidation>;
  private readonly isReached: (score: number) => boolean;

  constructor(
    private readonly config: TaskRunConfig,
    private readonly options: TaskTrainOptions,
    private readonly model: TaskModel,
    from: Checkpoint | undefined,
  ) {
    const { engine, clock } = options;
    this.progress = from ? progressOf(from) : newTaskProgress;
    this.savedStep = from ? from.step : -1;
    this.steps = stepsOf(config);
    this.batches = new TrainingBatches(config);
    this.batches.skipTo(this.progress.step);
    this.watch = new Stopwatch(clock, this.progress.elapsedMs);
    const objective = taskObjective(model);
    this.updater = createObjectiveUpdater({ engine, objective, settings: config.optimizer, accumulate: 1 });
    if (from) {
      const where = `checkpoint of step ${from.step}: optimizer.safetensors`;
      assignTensors(this.updater.moments, from.optimizer, where);
    }
    this.scorer = createScorer(engine, model);
    this.validateNow = createValidation(config, this.scorer);
    const { stopAt } = config.train;
    const { best } = firstMetric(openParts(config, 'validation'));
    this.isReached = (score) => stopAt !== null && (best === 'high' ? score >= stopAt : score <= stopAt);
  }

  async run(): Promise<TaskRunResult> {
    const { engine } = this.options;
    const { step } = this.progress;
    this.tell({
      type: 'start',
      step,
      steps: this.steps,
      parameters: this.model.parameterCount,
      engine: engine.name,
      device: engine.device,
    });
    while (this.progress.ended === null && !this.isStopped()) {
      await this.update();
      if (this.progress.ended === null) await this.atIntervals();
      // An engine may never wait for anything, and then no signal or message would ever come in.
      await setImmediate();
    }
    this.note();
    await this.save();
    await engine.pull(this.model.variables);
    const { config, model, progress } = this;
    const result = resultOf({ config, model, progress, engine: engine.name, device: engine.device });
    this.tell({ type: 'end', result });
    return result;
  }

  async dispose(): Promise<void> {
    await this.updater.dispose();
    await this.scorer.dispose();
  }

  private tell(event: TaskEvent): void {
    this.options.onEvent?.(event);
  }

  private isStopped(): boolean {
    const { signal, stopAfter = Infinity } = this.options;
    return signal?.aborted === true || this.progress.step >= stopAfter;
  }

  /** At the middle of the update, so that neither the first nor the last has rate 0. */
  private learningRate(): number {
    const { schedule, optimizer } = this.config;
    const form = lookUp('schedule.name', schedules, schedule.name);
    return optimizer.learningRate * rateAt(form, schedule, (this.progress.step + 0.5) / this.steps);
  }

  private async update(): Promise<void> {
    const rate = this.learningRate();
    const { step, lossSum, lossSteps } = this.progress;
    let tokens = 0;
    const { loss, gradNorm, applied } = await this.watch.time(async () => {
      const batch = this.batches.next();
      tokens = batch.batchSize * batch.sequenceLength;
      return this.updater.update([batch], { t: step + 1, rate });
    });
    if (!applied) {
      // Counted, so that its checkpoint is another than that of the step before.
      this.progress = { ...this.progress, step: step + 1 };
      this.end(
        'diverged',
        `step ${step + 1}: expected a finite loss and gradient, got loss ${loss} and gradient norm ${gradNorm}; lower optimizer.learningRate`,
      );
      return;
    }
    this.progress = { ...this.progress, step: step + 1, lossSum: lossSum + loss, lossSteps: lossSteps + 1 };
    this.tell({
      type: 'step',
      step: step + 1,
      samples: (step + 1) * this.config.train.batchSize,
      loss,
      gradNorm,
      learningRate: rate,
      tokensPerSecond: this.watch.updatesPerSecond * tokens,
      elapsedMs: this.watch.elapsedMs,
      progress: (step + 1) / this.steps,
    });
  }

  private async atIntervals(): Promise<void> {
    const { step } = this.progress;
    const { evalEvery, saveEvery } = this.config.train;
    const isLast = step >= this.steps;
    if (isLast || step % evalEvery === 0) await this.validate();
    if (isLast && this.progress.ended === null) this.end('done');
    if (this.progress.ended === null && saveEvery !== null && step % saveEvery === 0) await this.save();
  }

  private async validate(): Promise<void> {
    const { step, lossSum, lossSteps, curve } = this.progress;
    try {
      const scores = await this.validateNow();
      const samples = step * this.config.train.batchSize;
      const point: TaskPoint = { step, samples, loss: lossSum / lossSteps, ...scores };
      this.progress = { ...this.progress, lossSum: 0, lossSteps: 0, curve: [...curve, point] };
      this.tell({ type: 'validation', point });
      if (this.isReached(point.score)) this.end('solved');
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      this.end('diverged', `validation after step ${step}: ${error.message}`);
    }
  }

  private end(ended: NonNullable<TaskProgress['ended']>, fault: string | null = null): void {
    this.progress = { ...this.progress, ended, fault };
  }

  /** Takes time and speed into the progress. */
  private note(): void {
    const { step } = this.progress;
    const speed = this.watch.medianUpdatesPerSecond;
    const parts = openParts(this.config, 'train');
    const all = parts.reduce((sum, { samples }) => sum + samples, 0);
    const length = parts.reduce(
      (sum, { samples, source }) => sum + (samples / all) * source.shape.sequenceLength,
      0,
    );
    this.progress = {
      ...this.progress,
      step,
      elapsedMs: this.watch.elapsedMs,
      tokensPerSecond:
        speed === null ? this.progress.tokensPerSecond : speed * this.config.train.batchSize * length,
    };
  }

  private async save(): Promise<void> {
    const { folder, engine } = this.options;
    const { step, ended } = this.progress;
    // A run that ended without another step is told by the checkpoint it went on from.
    if (folder === undefined || (step === this.savedStep && ended === null)) return;
    this.note();
    const { config, model, updater, progress } = this;
    const snapshot = { engine, config, model, moments: updater.moments, progress };
    const path = await saveTaskRun(folder, snapshot);
    this.savedStep = step;
    this.tell({ type: 'checkpoint', step, path });
  }
}

/**
 * Trains one model on one task: fresh samples every step (or a finite set, where the config says so), validated at
 * intervals, ended early when validation is good enough. The test split is never read: see `testOnTask`.
 *
 * The same config gives the same bytes; a run that was stopped or killed goes on from its folder to the same bytes.
 * State: the model's variables hold the weights at the end; the caller disposes it. The engine stays the caller's.
 * @throws ConfigError for a folder with another config; CheckpointError, EngineError as its parts do. A loss that is
 *   not finite is a result with status `diverged`.
 */
export async function trainOnTask(config: TaskRunConfig, options: TaskTrainOptions): Promise<TaskTraining> {
  const { folder, engine } = options;
  const from = folder === undefined ? undefined : await newestOf(folder, config);
  const model = createModel(config);
  if (from) loadWeights(model, from);
  if (from && progressOf(from).ended !== null) {
    const facts = { config, model, progress: progressOf(from), engine: engine.name, device: engine.device };
    return { model, result: resultOf(facts) };
  }
  const training = new Training(config, options, model, from);
  try {
    return { model, result: await training.run() };
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    await training.dispose();
  }
}

/**
 * A training read from its folder: the model with the weights of the newest checkpoint, config and result so far.
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
  const model = createModel(config);
  loadWeights(model, from);
  const { name, device } = config.engine;
  const facts = { config, model, progress: progressOf(from), engine: name, device: device ?? 'cpu' };
  return { config, model, result: resultOf(facts) };
}
