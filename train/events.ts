import type { EncodeEvent } from '../data/index.js';
import type { HeadDiagnostics } from './diagnostics/headDiagnostics.js';
import type { Warning } from './diagnostics/warnings.js';
import type { Best, Budget, Point } from './progress.js';

/** What a run on text trains on. */
export interface TextFacts {
  readonly vocabularySize: number;
  readonly trainStories: number;
  readonly trainTokens: number;
  readonly validationStories: number;
}

/** What a run says when it begins or goes on. */
export interface StartEvent {
  readonly type: 'start';
  /** Run folder. */
  readonly out: string;
  /** Updates done before; 0 for a new run. */
  readonly step: number;
  readonly budget: Budget;
  readonly parameters: number;
  readonly engine: string;
  readonly device: string;
  /** Of the processor inside one operation, where the engine chooses them. */
  readonly threads?: number;
  /** Rules of its memories that have no chunk form and run token by token; absent where there are none. */
  readonly bySteps?: readonly string[];
  /** Absent in a run on a task. */
  readonly text?: TextFacts;
}

/** One update was made. */
export interface StepEvent {
  readonly type: 'step';
  /** Updates done. */
  readonly step: number;
  /** Mean over the targets of the batch: nats, or squared error of real answers. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradNorm: number;
  readonly learningRate: number;
  /** Training tokens seen in the whole run. */
  readonly tokens: number;
  /** Of the last updates, a moving average; training alone. */
  readonly tokensPerSecond: number;
  /** Of the whole run, with all that is not training. */
  readonly elapsedMs: number;
  /** Fraction of the budget that is used, in [0, 1]. */
  readonly progress: number;
}

/** The model was scored on validation samples. */
export interface ValidationEvent extends Point {
  readonly type: 'validation';
  /** Whether none before, on the same samples, was better. */
  readonly best: boolean;
}

export interface HistogramsEvent {
  readonly type: 'histograms';
  readonly step: number;
  /** By `<quantity>/block <i>/head <h>`. */
  readonly values: Readonly<Record<string, Float32Array>>;
}

/** What every memory looks like on a few rows of validation samples. */
export interface DiagnosticsEvent {
  readonly type: 'diagnostics';
  readonly step: number;
  readonly heads: readonly HeadDiagnostics[];
}

/** A memory shows a sign of divergence; the run goes on. */
export interface WarningEvent extends Warning {
  readonly type: 'warning';
  readonly step: number;
}

export interface SampleEvent {
  readonly type: 'sample';
  readonly step: number;
  readonly prompt: string;
  /** What follows the prompt. */
  readonly text: string;
}

export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly step: number;
  readonly path: string;
}

/** An update was not applied because the loss or gradient was NaN or infinite. */
export interface NonFiniteEvent {
  readonly type: 'nonFinite';
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  /** Updates not applied so far, this one included. */
  readonly skipped: number;
}

/** The end of a run: its budget is used or validation good enough, or it was asked to stop. */
export interface EndEvent {
  readonly type: 'done' | 'interrupted';
  readonly step: number;
  readonly tokens: number;
  /** Newest checkpoint; null when it ended before the first. */
  readonly checkpoint: string | null;
  /** Of the last update; null when none was made. */
  readonly trainLoss: number | null;
  /** The last validation; null when there was none. */
  readonly validation: Point | null;
  /** The best validation so far, on the samples used at intervals. */
  readonly best: Best | null;
  /** Every validation on the samples used at intervals, in order. */
  readonly curve: readonly Point[];
  /** Whether validation reached `train.stopAt`, which ends the run before its budget is used. */
  readonly solved: boolean;
  /** Median over the updates without the first, which compiles; of an earlier session where this made none. */
  readonly tokensPerSecond: number | null;
  /** Of the whole run, validations and sessions before included. */
  readonly seconds: number;
  readonly skipped: number;
}

export type LoopEvent =
  | StepEvent
  | ValidationEvent
  | HistogramsEvent
  | DiagnosticsEvent
  | WarningEvent
  | SampleEvent
  | CheckpointEvent
  | NonFiniteEvent
  | EndEvent;

/** What happens while the text is encoded. */
export interface EncodingEvent {
  readonly type: 'encoding';
  readonly event: EncodeEvent;
}

/** Everything a run tells, in order. */
export type TrainEvent = EncodingEvent | StartEvent | LoopEvent;
