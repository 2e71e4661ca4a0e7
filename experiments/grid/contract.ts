import type { JsonObject } from '../../src/checkpoint/manifest.js';
import type { Clock } from '../../train/progress.js';
import type { RuleFile } from '../../train/config/ruleFile.js';

/** One run of a grid: what to run, and the whole config that decides it. */
export interface Cell {
  /** A name of the registry of cell kinds. */
  readonly kind: string;
  /** Resolved; holds `optimizer.learningRate`. */
  readonly config: JsonObject;
  /** Where its rule comes from, when it is none of this project; workers load it first. */
  readonly ruleFile?: RuleFile;
}

/** Validation at one moment of training. */
export interface CurvePoint {
  readonly step: number;
  /** Training tokens seen. */
  readonly tokens: number;
  readonly validation: number;
}

/** What a cell was when its training ended. Nothing but `seconds` and `tokensPerSecond` depends on the clock. */
export interface TrainedCell {
  /** Name of the main metric. */
  readonly metric: string;
  readonly unit: string;
  /** Whether more of it is better, or less. */
  readonly best: 'high' | 'low';
  /** The main metric on the validation split, by which the learning rate is chosen. */
  readonly validation: number;
  readonly curve: readonly CurvePoint[];
  /** Updates made. */
  readonly steps: number;
  /** Training tokens seen. */
  readonly tokens: number;
  /** Of the whole training, validations and sessions before included. */
  readonly seconds: number;
  readonly tokensPerSecond: number | null;
  /** Trainable numbers of the model. */
  readonly parameters: number;
}

/** A part of the test split, such as the samples with 16 pairs. */
export interface TestSlice {
  readonly slice: string;
  readonly key: string | number;
  readonly value: number | null;
  /** Independent samples in it. */
  readonly n: number;
}

/** What a cell was on the test split. */
export interface TestedCell {
  /** The main metric. */
  readonly test: number;
  /** All metrics, and whatever else was measured beside. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly slices: readonly TestSlice[];
  /** Whatever else its kind measures, such as scores by sample; JSON. */
  readonly details?: unknown;
  /** Milliseconds to decode one token of one sequence; absent where it was not timed. */
  readonly decodeMs?: number;
}

/** How far a cell is. */
export interface CellProgress {
  /** Part of the training that is done, in [0, 1]. */
  readonly part: number;
  /** A few words for a log, such as a step and a loss; absent where there is nothing to say. */
  readonly note?: string;
}

/** What a kind of cell is given to work with. */
export interface CellContext {
  /** Folder of the cell, which is there; a kind keeps its checkpoints in it. */
  readonly folder: string;
  /** Threads of the engine, where the config does not say. */
  readonly threads: number;
  /** Asks to save and end after the update under way. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly onProgress: (progress: CellProgress) => void;
}

/** How one kind of cell is trained and tested. A kind is an object in its file and a line in the registry. */
export interface CellKind {
  /**
   * Trains from the start, or goes on from what the folder holds; `undefined` when it was asked to stop.
   *
   * @throws NonFiniteError when the run diverges.
   */
  train(config: JsonObject, context: CellContext): Promise<TrainedCell | undefined>;
  /** Scores what was trained on the test split. */
  test(config: JsonObject, context: CellContext): Promise<TestedCell>;
}

/** Why a cell has no result: its numbers ran away, or anything else went wrong. */
export interface LostCell {
  readonly status: 'diverged' | 'failed';
  readonly reason: string;
}

/** What is kept of the training of a cell. */
export type TrainResult = ({ readonly status: 'done' } & TrainedCell) | LostCell;

/** What is kept of its test. */
export type TestResult = ({ readonly status: 'done' } & TestedCell) | LostCell;

/** What is kept of either stage. */
export type StageResult = TrainResult | TestResult;

/** A cell with its name and what became of it. */
export interface CellOutcome {
  readonly cell: Cell;
  /** Hash of its config. */
  readonly id: string;
  readonly folder: string;
  readonly trained: TrainResult;
}

/** Cells that differ only in their learning rate, and the one that was best on validation. */
export interface GroupOutcome {
  readonly cells: readonly CellOutcome[];
  /** The one chosen and tested; absent where none finished its training. */
  readonly chosen?: CellOutcome;
  readonly tested?: TestResult;
}

/** What a grid tells while it runs. `cell` is the hash. */
export type GridEvent =
  | { readonly type: 'start'; readonly cells: number; readonly groups: number; readonly finished: number }
  | { readonly type: 'begin'; readonly stage: Stage; readonly cell: string }
  | { readonly type: 'progress'; readonly cell: string; readonly part: number }
  | {
      readonly type: 'end';
      readonly stage: Stage;
      readonly cell: string;
      readonly result: StageResult;
    };

/** What is done to a cell. */
export type Stage = 'train' | 'test';

/** The program that works on cells: it calls `serveCells`. */
export interface WorkerEntry {
  readonly file: string;
  /** Options of Node, such as a loader. */
  readonly execArgv?: readonly string[];
}

export interface GridRequest {
  /** Folder of the grid; one that was interrupted goes on there. */
  readonly out: string;
  /** Different cells, in the order of the results. */
  readonly cells: readonly Cell[];
  /** Worker processes. */
  readonly jobs: number;
  /** Threads of the engine in each. */
  readonly threads: number;
  readonly worker: WorkerEntry;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: GridEvent) => void;
}

/** What a grid came to. */
export type GridOutcome =
  | { readonly type: 'done'; readonly groups: readonly GroupOutcome[] }
  | { readonly type: 'interrupted'; readonly finished: number; readonly cells: number };
