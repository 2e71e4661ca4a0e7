import type { Command } from 'commander';
import { availableParallelism } from 'node:os';
import { ConfigError } from '../../src/core/errors.js';
import { finiteNumber, nameList, repeated, wholeNumber } from '../optionValues.js';

/** Flags of every verb that runs a grid. */
export interface GridFlags {
  readonly task: string;
  readonly preset?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly vary?: readonly string[];
  readonly seeds: number;
  readonly lrGrid?: readonly number[];
  readonly jobs?: number;
  readonly out?: string;
}

function rates(text: string): readonly number[] {
  const read = finiteNumber('--lr-grid', Number.MIN_VALUE);
  const values = nameList('--lr-grid')(text).map(read);
  if (new Set(values).size === values.length) return values;
  throw new ConfigError(`--lr-grid: expected different rates, got '${text}'; name each once`);
}

/** Adds the flags that say how a grid runs, with so many seeds unless asked for others. */
export function addGridFlags(command: Command, seeds: number): Command {
  return command
    .option('--config <file>', 'JSON or YAML file of settings, over the preset')
    .option('--set <path=value>', 'one setting of every cell; may be given again', repeated)
    .option(
      '--vary <path=values>',
      'a setting to vary, its values between commas; may be given again',
      repeated,
    )
    .option('--seeds <n>', 'seeds 1 to n', wholeNumber('--seeds', 1), seeds)
    .option('--lr-grid <rates>', 'learning rates between commas; validation chooses one', rates)
    .option('--jobs <n>', 'worker processes (default: cores)', wholeNumber('--jobs', 1, 1024))
    .option('--json', 'print one JSON document');
}

/**
 * Worker processes, and the engine's threads in each, for this machine. They depend on the whole grid, so that how far
 * it is does not change how it is computed.
 */
export function sharesOf(
  wanted: number | undefined,
  cells: number,
): { readonly jobs: number; readonly threads: number } {
  const cores = availableParallelism();
  const jobs = Math.max(1, Math.min(wanted ?? cores, cells));
  return { jobs, threads: Math.max(1, Math.floor(cores / jobs)) };
}
