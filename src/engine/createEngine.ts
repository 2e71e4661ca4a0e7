import { ConfigError, lookUp } from '../core/errors.js';
import { createEagerEngine } from './eagerEngine.js';
// Here, so that it reads how busy the machine is long before an engine asks.
import './idleCores.js';
import type { Engine, EngineOptions } from './engine.js';

/** Options that only the other engine knows are refused, so that nothing is silently ignored. */
function refuse(options: EngineOptions, names: readonly (keyof EngineOptions)[]): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new ConfigError(
    `engine.${given}: expected it only with the ${options.engine === 'eager' ? 'graph' : 'eager'} engine, ` +
      `got '${String(options[given])}' with ${options.engine ?? DEFAULT_ENGINE}; leave it out`,
  );
}

/** The engine of a run that does not say which. */
const DEFAULT_ENGINE = 'graph';

const engines: Readonly<Record<string, (options: EngineOptions) => Promise<Engine>>> = {
  graph: async (options) => {
    refuse(options, ['backend']);
    // Loaded when needed: the runtime's binary takes a moment and 45 MB.
    const { createGraphEngine } = await import('./graph/graphEngine.js');
    return createGraphEngine(options);
  },
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
  return lookUp('engine', engines, options.engine ?? DEFAULT_ENGINE)(options);
}
