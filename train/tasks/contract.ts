import type { Engine } from '../../src/engine/engine.js';
import type { TaskModel } from '../../src/model/taskModel.js';
import type { Params } from '../../src/core/params.js';
import type { Clock } from '../clock.js';
import type { PartialTaskConfig, TaskRunConfig } from './schema.js';

export type { PartialTaskConfig, TaskRunConfig };

/*
 * Functions of this room, exported from `train/index.ts`. Everything they give but the model is plain JSON.
 *
 *   resolveTaskConfig(request: TaskConfigRequest): Promise<TaskRunConfig>
 *     preset < file < overrides < sets. @throws ConfigError with every fault, each with its path.
 *   checkTaskConfig(raw: unknown): TaskRunConfig
 *     Checks a whole config, such as one passed between processes. @throws ConfigError.
 *   engineOptionsOf(config): EngineOptions
 *     For `createEngine`. Whoever makes an engine disposes it.
 *   trainOnTask(config: TaskRunConfig, options: TaskTrainOptions): Promise<TaskTraining>
 *     Trains one model on one task; never reads the test split.
 *   testOnTask(model: TaskModel, config: TaskRunConfig, options: TaskTestOptions): Promise<readonly TestScore[]>
 *     Scores a trained model, chance and the task's baselines on all test parts. Call it once, on what was chosen.
 *   loadTaskRun(folder: string): Promise<LoadedTaskRun>
 *     The model of a run folder, with config and result. @throws CheckpointError.
 */

/** How a config is put together. */
export interface TaskConfigRequest {
  /** Name of the task. May also stand in the file or the overrides. */
  readonly task?: string;
  /** `smoke` (default), `small` or `paper`. */
  readonly preset?: 'smoke' | 'small' | 'paper';
  /** JSON or YAML file. */
  readonly file?: string;
  /** Settings made in code, over the file. */
  readonly overrides?: PartialTaskConfig;
  /** `path=value`, over all else, later ones over earlier ones. */
  readonly sets?: readonly string[];
}

/** What a training is given beside its config. */
export interface TaskTrainOptions {
  readonly engine: Engine;
  /** Milliseconds; used for `seconds` and speed only, never for what is trained. */
  readonly clock: Clock;
  readonly onEvent?: (event: TaskEvent) => void;
  /** Asks the training to save (where there is a folder) and end after the step under way. */
  readonly signal?: AbortSignal;
  /**
   * Run folder. Checkpoints are written there; a folder that holds some of the same config goes on from the newest,
   * to the same bytes as if it had not stopped. A finished run is given back as it is.
   */
  readonly folder?: string;
  /** End as an interruption would once so many steps are made. */
  readonly stopAfter?: number;
}

/** What a test is given. */
export interface TaskTestOptions {
  readonly engine: Engine;
  readonly onEvent?: (event: TaskEvent) => void;
}

/**
 * How a training ended: its samples are used (`done`), validation reached `train.stopAt` (`solved`), loss or gradient
 * was not finite (`diverged`; the weights are those before it), or it was asked to stop (`interrupted`).
 */
export type TaskStatus = 'done' | 'solved' | 'diverged' | 'interrupted';

/** A trained model with what is known of it. */
export interface TaskTraining {
  readonly result: TaskRunResult;
  /** Its variables hold the weights at the end; the caller disposes it. */
  readonly model: TaskModel;
}

/** A training read from its folder. */
export interface LoadedTaskRun extends TaskTraining {
  readonly config: TaskRunConfig;
}

/** One validation. */
export interface TaskPoint {
  readonly step: number;
  /** Training samples seen. */
  readonly samples: number;
  /** Mean training loss since the validation before: nats an answer, or squared error of real answers. */
  readonly loss: number;
  /** The task's first metric over all validation samples: what is chosen by. */
  readonly score: number;
  /** Every metric, over the samples of all parts. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Every metric by part. */
  readonly parts: readonly { readonly part: string; readonly metrics: Readonly<Record<string, number>> }[];
}

/** What a training came to. Plain JSON. */
export interface TaskRunResult {
  readonly status: TaskStatus;
  /** Name of the task's first metric, the one chosen by, and which end of it is good. */
  readonly metric: string;
  readonly best: 'high' | 'low';
  /** Steps made, one that diverged and was not applied included, and training samples seen. */
  readonly steps: number;
  readonly samples: number;
  /** The last validation; null when none was made. */
  readonly validation: TaskPoint | null;
  /** Every validation, in order. */
  readonly curve: readonly TaskPoint[];
  readonly parameters: number;
  /** What one row carries from token to token, in bytes; of a softmax head, over the longest training row. */
  readonly stateBytes: number;
  /** Of the whole training, validations included, sessions before included. */
  readonly seconds: number;
  /** Median over steps without the first; null before the second. */
  readonly tokensPerSecond: number | null;
  readonly engine: string;
  readonly device: string;
  /** Why it diverged; null for all else. */
  readonly fault: string | null;
}

/**
 * Scores by sample, for intervals that resample samples: the mean over all places is sum(sums) / sum(counts).
 * Entries of the same index belong to the same sample, here, in slices, baselines and other models.
 */
export interface SampleScores {
  /** Of the scored places of each sample. */
  readonly sums: readonly number[];
  /** Scored places of each sample. */
  readonly counts: readonly number[];
}

/** A metric on the places of one slice, such as `distance` 4-7. */
export interface SliceScore {
  readonly slice: string;
  /** Such as `4-7`, in order. */
  readonly key: string;
  readonly mean: number;
  readonly chance: number;
  /** Scored places. */
  readonly n: number;
  /** Sparse: the samples that have places in this slice. */
  readonly bySample: SampleScores & { readonly index: readonly number[] };
}

/** One metric of a model on one test part, with what chance and the task's baselines get on the same samples. */
export interface TestScore {
  readonly part: string;
  /** Of the task in this part, resolved. */
  readonly settings: Params;
  readonly metric: string;
  readonly unit: string;
  readonly best: 'high' | 'low';
  /** What the perfect prediction scores. */
  readonly perfect: number;
  /** What knowing nothing is expected to score, exactly. */
  readonly chance: number;
  readonly mean: number;
  /** Scored places. */
  readonly n: number;
  readonly bySample: SampleScores;
  readonly slices: readonly SliceScore[];
  readonly baselines: readonly {
    readonly name: string;
    readonly mean: number;
    readonly bySample: SampleScores;
  }[];
}

/** What a training or test tells, in order. */
export type TaskEvent =
  | {
      readonly type: 'start';
      /** Steps made before; 0 for a new run. */
      readonly step: number;
      /** Steps in all, if nothing ends it early. */
      readonly steps: number;
      readonly parameters: number;
      readonly engine: string;
      readonly device: string;
    }
  | {
      readonly type: 'step';
      readonly step: number;
      readonly samples: number;
      readonly loss: number;
      readonly gradNorm: number;
      readonly learningRate: number;
      /** Moving average; training alone. */
      readonly tokensPerSecond: number;
      readonly elapsedMs: number;
      /** Part of the steps that is made, in [0, 1]. */
      readonly progress: number;
    }
  | { readonly type: 'validation'; readonly point: TaskPoint }
  | { readonly type: 'checkpoint'; readonly step: number; readonly path: string }
  | { readonly type: 'end'; readonly result: TaskRunResult }
  | { readonly type: 'test'; readonly part: string; readonly samples: number; readonly total: number };
