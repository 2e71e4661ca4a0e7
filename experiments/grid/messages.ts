import type { Cell, Stage, TestResult, TrainResult } from './contract.js';

/** What a worker is told to do next. */
export type Order =
  | {
      readonly type: 'work';
      readonly stage: Stage;
      readonly cell: Cell;
      readonly folder: string;
      readonly threads: number;
    }
  /** Save and end the cell under way. */
  | { readonly type: 'stop' };

/** What a worker tells. The result of a stage is in its file when this is sent. */
export type Report =
  | { readonly type: 'progress'; readonly part: number }
  | { readonly type: 'end'; readonly result: TrainResult | TestResult }
  | { readonly type: 'interrupted' };

/** A worker's line to whoever gave it work. */
export interface WorkerPort {
  send(report: Report): void;
  onOrder(listener: (order: Order) => void): void;
  /** A line for the log of the cell. */
  log(line: string): void;
}
