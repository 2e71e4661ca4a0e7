import type { Command } from 'commander';
import type { EngineOptions } from '../src/engine/engine.js';
import { ConfigError, suggest } from '../src/core/errors.js';

/** Flags that choose what runs a trained model. */
export interface EngineFlags {
  readonly engine?: string;
  readonly device?: string;
  readonly backend?: string;
}

/** Names of the engines, the usual one first. */
export const ENGINES = ['graph', 'eager'] as const;

/** Adds them to a verb. */
export function addEngineFlags(command: Command): Command {
  return command
    .option('--engine <name>', 'graph (traced, fast) or eager (op by op)')
    .option('--device <name>', 'of the graph engine: cpu, webgpu or cuda')
    .option('--backend <name>', 'of the eager engine: tensorflow, wasm or cpu');
}

/**
 * The engine they choose.
 *
 * @throws ConfigError for an unknown engine; devices and backends are checked where they are started.
 */
export function engineOptions({ engine, device, backend }: EngineFlags): EngineOptions {
  const name = ENGINES.find((known) => known === engine);
  if (engine !== undefined && name === undefined) {
    throw new ConfigError(
      `--engine: expected one of ${ENGINES.join(' | ')}, got '${engine}'${suggest(engine, ENGINES)}`,
    );
  }
  return {
    ...(name === undefined ? {} : { engine: name }),
    ...(device === undefined ? {} : { device }),
    ...(backend === undefined ? {} : { backend }),
  };
}
