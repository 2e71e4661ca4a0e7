import { ConfigError, lookUp } from '../core/errors.js';
import { createEagerEngine } from './eager/eagerEngine.js';
import type { Engine, EngineOptions } from './engine.js';

/** Options that only the other engine knows are refused, so that nothing is silently ignored. */
function refuse(options: EngineOptions, names: readonly (keyof EngineOptions)[]): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new ConfigError(
    `engine.${given}: expected it only with the ${options.engine === 'eager' ? 'graph' : 'eager'} engine, ` +
      `got '${String(options[given])}' with ${options.engine ?? 'graph'}; leave it out`,
  );
}

const engines: Readonly<Record<string, (options: EngineOptions) => Promise<Engine>>> = {
  eager: async (options) => {
    refuse(options, ['device', 'threads', 'profile']);
    return createEagerEngine(options.backend);
  },
};

/**
 * Makes the engine that compiled functions run on.
 *
 * @throws ConfigError for options that do not fit together, EngineError when it does not work here.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return lookUp('engine', engines, options.engine ?? 'eager')(options);
}
