import type { Command } from 'commander';
import type { Output } from '../output.js';

/** What a verb is given to work with. */
export interface Context {
  readonly output: Output;
}

/** Exit codes of the process. */
export const EXIT = { done: 0, ours: 1, user: 2, data: 3, nonFinite: 4, interrupted: 130 } as const;

/** Ends a verb with an exit code; nothing means done. */
export type Outcome = number | undefined;

/** Runs a verb's body with the context of this call. */
export type Act = <A extends readonly unknown[]>(
  body: (context: Context, ...args: A) => Promise<Outcome>,
) => (...args: A) => Promise<void>;

/**
 * A verb of the command line: one folder in `verbs/` and one line in its registry. `define` states
 * arguments and options only; what is heavy is imported inside the body, so that help is quick.
 */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** A command that works as it stands. */
  readonly example: string;
  /** Whether it takes rules, gates and the like by name, and so those of a project file too. */
  readonly usesProject?: boolean;
  define(command: Command, act: Act): void;
}
