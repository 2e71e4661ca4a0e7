import type { JsonObject } from '../../src/checkpoint/manifest.js';
import type { Progress } from '../../data/index.js';
import type { SpareSessions } from '../../src/engine/graph/spareSessions.js';
import type { Clock } from '../../train/clock.js';
import type { StageResult, TestedCell, TestResult, TrainedCell, TrainResult } from './results.js';

export type {
  CurvePoint,
  LostCell,
  StageResult,
  TestedCell,
  TestResult,
  TestSlice,
  TrainedCell,
  TrainResult,
} from './results.js';

/** One run of a grid: what to run, and the whole config that decides it. */
export interface Cell {
  /** A name of the registry of cell kinds. */
  readonly kind: string;
  /** Resolved; holds `optimizer.learningRate`, and the files of plug-ins, which workers load first. */
  readonly config: JsonObject;
  /** Fingerprint of the text it is trained on: with another it is another cell. */
  readonly text?: string;
}

/** How far a cell is. */
export interface CellProgress {
  /** Part of the training that is done, in [0, 1]. */
  readonly part: number;
  /** A few words for a log, such as a step and a loss; absent where there is nothing to say. */
  readonly note?: string;
  /** Long work on text that is under way. */
  readonly work?: Progress;
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
  /** What cells before it in this process have compiled. */
  readonly spare?: SpareSessions;
}

/** How one kind of cell is trained and tested. A kind is an object in its file and a line in the registry. */
export interface CellKind {
  /**
   * Trains from the start or resumes from what the folder holds; `undefined` when it was asked to stop.
   *
   * @throws NonFiniteError when the run diverges.
   */
  train(config: JsonObject, context: CellContext): Promise<TrainedCell | undefined>;
  /** Scores what was trained on the test split. */
  test(config: JsonObject, context: CellContext): Promise<TestedCell>;
}

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
  | {
      /** Of the grid, or of one round of it. */
      readonly type: 'start';
      readonly cells: number;
      readonly groups: number;
      readonly finished: number;
      /** What the round is for. */
      readonly note?: string;
    }
  | { readonly type: 'begin'; readonly stage: Stage; readonly cell: string }
  | ({ readonly type: 'progress'; readonly cell: string } & Omit<CellProgress, 'note'>)
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

/** One stage of one cell, for an executor to run, and who hears how it goes. */
export interface CellTask {
  readonly stage: Stage;
  readonly cell: Cell;
  /** Folder of the cell in the grid, where the result is when the task has ended. */
  readonly folder: string;
  /** Threads of the engine, where the config does not say. */
  readonly threads: number;
  readonly onBegin: () => void;
  readonly onProgress: (progress: Omit<CellProgress, 'note'>) => void;
}

/** How a task ended. */
export interface TaskEnd {
  /** `undefined` when it was cancelled or never begun. */
  readonly result: StageResult | undefined;
  /** Whether its process died, and so saved no result itself. */
  readonly died: boolean;
}

/**
 * Where the cells of a grid are run: in processes of this machine, or elsewhere. The grid alone decides what is run, in
 * which order, and what is chosen; an executor only runs it.
 */
export interface CellExecutor {
  /** Runs a task to its end as soon as there is a place for it; an urgent one before the others. */
  submit(task: CellTask, options?: { readonly urgent?: boolean }): Promise<TaskEnd>;
  /** Drops what waits and asks what is under way to save and end; from then on nothing is run. */
  cancel(): void;
  /** Gives back what the executor holds; nothing may be under way. */
  close(): Promise<void>;
}

export interface GridRequest {
  /** Folder of the grid; an interrupted one is resumed there. */
  readonly out: string;
  /** Different cells, in the order of the results. */
  readonly cells: readonly Cell[];
  /**
   * What to run when all cells so far have ended, by what came of them, and of the last round alone, tried out or not; no
   * cells end the grid.
   */
  readonly more?: (groups: readonly GroupOutcome[], last: readonly GroupOutcome[]) => Promise<GridRound>;
  /** Closed when the grid ends. */
  readonly executor: CellExecutor;
  /** Threads of the engine for each cell. */
  readonly threads: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: GridEvent) => void;
}

/** Cells that are run together, after those before them have ended. */
export interface GridRound {
  readonly cells: readonly Cell[];
  readonly note?: string;
  /** Whether nothing is chosen and tested: its cells are tried out, and are no results. */
  readonly trainOnly?: boolean;
}

/** What a grid came to. */
export type GridOutcome =
  | { readonly type: 'done'; readonly groups: readonly GroupOutcome[] }
  | { readonly type: 'interrupted'; readonly finished: number; readonly cells: number };
