import type { ParamSpec, Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';

/** Which samples of a task. No sample is in two of them, see `openTask`. */
export type TaskSplit = 'train' | 'validation' | 'test';

/** A setting of a task. Numbers are whole unless `real`. */
export interface SettingSpec extends ParamSpec {
  /** A number that need not be whole. */
  readonly real?: boolean;
  /** Where the default comes from. */
  readonly source?: string;
}

/** Token ids, or real vectors row-major. */
export type Values = Int32Array | Float32Array;

/** What a model or solver may see of a sample. */
export interface Question {
  /** Tokens [T], or vectors [T, width] row-major. */
  readonly inputs: Values;
  /** Where an answer is asked, ascending, [S]. The answer may use the inputs up to and with that position. */
  readonly positions: Int32Array;
  /** What no finite input can tell for certain and the solver needs all the same; a model never sees it. */
  readonly latent?: Int32Array;
}

/** One sample of a task. */
export interface TaskSample extends Question {
  /** The answer at each position: classes (Int32Array) or numbers (Float32Array), [S]. */
  readonly targets: Values;
  /** All classes that are right at each position; absent where the target alone is. */
  readonly accepted?: readonly Int32Array[];
  /** Whole numbers by which scores are split, [S] each; the keys are those of `Task.slices`. */
  readonly slices: Readonly<Record<string, Int32Array>>;
  /** What must not be shared between splits; the inputs where absent. */
  readonly identity?: Int32Array;
}

/** The sizes of a task under its settings. */
export interface TaskShape {
  /** T, the same for every sample. */
  readonly sequenceLength: number;
  /** The most positions that one sample scores. */
  readonly scored: number;
  readonly inputs:
    | { readonly kind: 'tokens'; readonly vocabulary: number }
    | { readonly kind: 'real'; readonly width: number };
  readonly outputs: ClassOutputs | { readonly kind: 'real' };
}

/** Answers that are one of `classes`; for token tasks the classes are the vocabulary. */
export interface ClassOutputs {
  readonly kind: 'classes';
  readonly classes: number;
  /** Those that can be right at all, ascending: uniform guessing is over these. */
  readonly candidates: Int32Array;
}

/** What is right at one scored position. */
export interface RightAnswer {
  readonly target: number;
  /** Classes that count as right; empty for real outputs. */
  readonly accepted: Int32Array;
}

/** A number for one prediction, averaged over scored positions. */
export interface TaskMetric {
  readonly name: string;
  readonly unit: string;
  readonly best: 'high' | 'low';
  /** What the perfect prediction scores. */
  readonly perfect: number;
  readonly doc: string;
  /** The score of one prediction: scores by class [classes] (log-probabilities or logits), or one number. */
  of(prediction: Float32Array, right: RightAnswer): number;
  /** What a prediction that knows nothing is expected to score, exactly: uniform over the candidates, or zero. */
  chance(right: RightAnswer, shape: TaskShape): number;
}

/** What the inputs say is right: the classes, or the number; `undefined` where they do not determine it. */
export type Answer = Int32Array | number | undefined;

/** A prediction made without training: scores by class or one number, at each position. */
export type Baseline = (question: Question) => readonly Float32Array[];

/** A task under resolved settings. */
export interface TaskDraw {
  readonly shape: TaskShape;
  readonly metrics: readonly TaskMetric[];
  /** Named predictions that need no training, computed on the same samples. */
  readonly baselines?: Readonly<Record<string, Baseline>>;
  /** A sample from this stream. */
  readonly draw: (rng: Rng) => TaskSample;
  /** The answers, from the inputs by plain code. */
  readonly solve: (question: Question) => readonly Answer[];
}

/** Samples of one kind within a preset. */
export interface PresetPart {
  /** What the part is called in reports, such as `64 tokens, 4 pairs`. */
  readonly name: string;
  /** Settings over those of the preset. */
  readonly settings?: Params;
  readonly samples: number;
}

/** How a published result was trained, as far as it is told; numbers to build a run from. */
export interface Recipe {
  readonly layers?: number;
  readonly width?: number | readonly number[];
  readonly heads?: number;
  readonly batch?: number;
  readonly epochs?: number;
  readonly steps?: number;
  /** Learning rates that were tried with AdamW, or with the optimizer named. */
  readonly learningRates?: readonly number[];
  /** As `optimizer.name` has it. */
  readonly optimizer?: string;
  readonly weightDecay?: number;
  /** Part of the training over which the learning rate rises. */
  readonly warmup?: number;
  /** Validation score, by the task's first metric, that ends the training. */
  readonly stopAt?: number;
  /** Whether blocks have an MLP; where absent, they do. */
  readonly mlp?: boolean;
  /** Taps of the short convolution; where absent, the usual ones. */
  readonly convolution?: number;
  /** Channels of a key; where absent, the width of the model over its heads. */
  readonly keySize?: number;
  /** How tokens are mixed, as `model.mixer` has it; where absent, as usual. */
  readonly mixer?: string;
  /** What queries and keys pass through, as `model.featureMap` has it; where absent, the usual one. */
  readonly featureMap?: string;
  /** Whether values pass through an activation; where absent, they do. */
  readonly valueActivation?: boolean;
  readonly note?: string;
}

/**
 * The presets a task may have. `smoke` is for seconds, `small` for minutes, `frontier` for a grid in which the size of the
 * memory decides, `paper` is the published one.
 */
export const TASK_PRESETS = ['smoke', 'small', 'frontier', 'paper'] as const;

export type TaskPresetName = (typeof TASK_PRESETS)[number];

/** Settings that go together. */
export interface TaskPreset {
  readonly doc: string;
  readonly settings: Params;
  readonly train: readonly PresetPart[];
  readonly validation: readonly PresetPart[];
  readonly test: readonly PresetPart[];
  readonly recipe?: Recipe;
  readonly source?: string;
}

/** How a slice is told in reports: each value by itself, or by octaves 1, 2-3, 4-7, ... */
export interface SliceSpec {
  readonly doc: string;
  readonly by: 'value' | 'octave';
}

/** A synthetic task: everything the project knows of it is in its file. */
export interface Task {
  readonly name: string;
  readonly title: string;
  /** What is asked, in a sentence. */
  readonly asks: string;
  readonly source: string;
  readonly settings: Readonly<Record<string, SettingSpec>>;
  readonly slices: Readonly<Record<string, SliceSpec>>;
  /** `smoke` is what it is learned by unless another is named. */
  readonly presets: Readonly<Record<'smoke', TaskPreset> & Partial<Record<TaskPresetName, TaskPreset>>>;
  /** Suites it belongs to: tasks that are compared over together, by the name of the suite. */
  readonly suites?: readonly string[];
  /** What is wrong between settings that are each in range: `<expected>, got <value>; <what to do>` a fault. */
  check(settings: Params): readonly string[];
  /** The task under settings that were resolved and checked; `world` is what all splits of a seed share. */
  open(settings: Params, world: Rng): TaskDraw;
}
