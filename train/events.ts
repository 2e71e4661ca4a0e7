import type { EncodeEvent } from '../data/index.js';
import type { HeadDiagnostics } from './diagnostics/headDiagnostics.js';
import type { Warning } from './diagnostics/warnings.js';

/** The best validation of a run so far, on the stories used at intervals. */
export interface Best {
  readonly step: number;
  readonly bitsPerByte: number;
}

/** How long a run is. */
export interface Budget {
  readonly unit: 'steps' | 'tokens' | 'minutes';
  readonly amount: number;
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
  readonly vocabulary: number;
  readonly trainStories: number;
  readonly trainTokens: number;
  readonly validationStories: number;
  readonly engine: string;
  readonly device: string;
}

/** One update was made. */
export interface StepEvent {
  readonly type: 'step';
  /** Updates done. */
  readonly step: number;
  readonly lossNats: number;
  /** Before clipping. */
  readonly gradNorm: number;
  readonly learningRate: number;
  /** Training tokens seen in the whole run. */
  readonly tokens: number;
  /** Of the last updates, a moving average; training alone. */
  readonly tokensPerSecond: number;
  /** Of the whole run, with all that is not training. */
  readonly elapsedMs: number;
  /** Part of the budget that is used, in [0, 1]. */
  readonly progress: number;
}

export interface ValidationEvent {
  readonly type: 'validation';
  readonly step: number;
  readonly lossNats: number;
  readonly bitsPerByte: number;
  readonly stories: number;
  /** Whether this was the last validation of the run, on all stories. */
  readonly final: boolean;
  /** Whether none before, on the same stories, was better. */
  readonly best: boolean;
}

export interface HistogramsEvent {
  readonly type: 'histograms';
  readonly step: number;
  /** By `<quantity>/block <i>/head <h>`. */
  readonly values: Readonly<Record<string, Float32Array>>;
}

/** What every memory looks like on a few rows of validation text. */
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
  readonly lossNats: number;
  readonly gradNorm: number;
  /** Updates not applied so far, this one included. */
  readonly skipped: number;
}

/** The end of a run: its budget is used, or it was asked to stop. */
export interface EndEvent {
  readonly type: 'done' | 'interrupted';
  readonly step: number;
  readonly tokens: number;
  /** Newest checkpoint; null when it ended before the first. */
  readonly checkpoint: string | null;
  /** Of the last update; null when none was made. */
  readonly trainLossNats: number | null;
  /** Of the last validation; null when there was none. */
  readonly valLossNats: number | null;
  readonly valBitsPerByte: number | null;
  readonly best: Best | null;
  /** Median over the updates of this session, without the first, which compiles; null when there was none. */
  readonly tokensPerSecond: number | null;
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
