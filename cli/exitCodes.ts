import type { CellLine } from '../experiments/rows.js';
import type { ErrorCode } from '../src/core/errors.js';

/** What the process says to its caller. */
export const EXIT = { done: 0, ours: 1, user: 2, data: 3, nonFinite: 4, interrupted: 130 } as const;

/** The exit code of each kind of error; a graph that cannot be traced is a fault of ours. */
export const EXIT_OF: Readonly<Record<ErrorCode, number>> = {
  CONFIG: EXIT.user,
  SHAPE: EXIT.user,
  ENGINE: EXIT.user,
  DATA: EXIT.data,
  CHECKPOINT: EXIT.data,
  NON_FINITE: EXIT.nonFinite,
  TRACE: EXIT.ours,
};

/** The exit code of a grid in which not one chosen cell has a result: that of what its cells came to. */
export function exitOfCells(cells: readonly CellLine[]): number {
  // A cell that was not chosen is no result, however well it was trained.
  if (cells.some(({ status, chosen }) => chosen && status === 'done')) return EXIT.done;
  return cells.every(({ status }) => status !== 'failed') ? EXIT.nonFinite : EXIT.ours;
}
