import type { TaskName, TaskPresetName } from '../../data/index.js';
import type { Known } from '../../src/core/schema.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Params } from '../../src/core/params.js';
import type { PlugInLoader } from '../config/plugIns.js';
import type { PartialTaskConfig } from './schema.js';

/** How a config is put together. */
export interface TaskConfigRequest {
  /** Name of the task, or its file. May also stand in the file or the overrides. */
  readonly task?: Known<TaskName>;
  /** `smoke` unless given. */
  readonly preset?: TaskPresetName;
  /** JSON or YAML file. */
  readonly file?: string;
  /** Settings made in code, over the file. */
  readonly overrides?: PartialTaskConfig;
  /** `path=value`, over all else, later ones over earlier ones. */
  readonly sets?: readonly string[];
  /** Reads a rule, task or the like that is given as a file. */
  readonly loader?: PlugInLoader;
}

/** What a test is given. */
export interface TaskTestOptions {
  readonly engine: Engine;
  /** Hears how many samples of a part are scored. */
  readonly onProgress?: (samples: number, total: number) => void;
  /** Ends it between two passes, with its reason. */
  readonly signal?: AbortSignal;
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
