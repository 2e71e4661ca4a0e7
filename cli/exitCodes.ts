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
