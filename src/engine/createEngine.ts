import { z } from 'zod';
import { ConfigError } from '../core/errors.js';
import { made, optionsCheck } from '../core/options.js';
import { createEagerEngine } from './eagerEngine.js';
// Here, so that it reads how busy the machine is long before an engine asks.
import './idleCores.js';
import { engineNames, type Engine, type EngineOptions } from './engine.js';
import type { SpareSessions } from './graph/spareSessions.js';

const checkOptions = optionsCheck<EngineOptions>({
  engine: z.enum(engineNames).optional(),
  device: z.string().optional(),
  backend: z.string().optional(),
  threads: z.number().optional(),
  profile: z.string().optional(),
  spare: made<SpareSessions>('sessions of engines before').optional(),
});

/** Options that only the other engine knows are refused, so that nothing is silently ignored. */
function refuse(options: EngineOptions, names: readonly Exclude<keyof EngineOptions, 'spare'>[]): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new ConfigError(
    `engine.${given}: expected it only with the ${options.engine === 'eager' ? 'graph' : 'eager'} engine, ` +
      `got '${String(options[given])}' with ${options.engine ?? DEFAULT_ENGINE}; leave it out`,
  );
}

/** The engine of a run that does not say which. */
const DEFAULT_ENGINE = 'graph' satisfies EngineOptions['engine'];

const engines: Readonly<Record<(typeof engineNames)[number], (options: EngineOptions) => Promise<Engine>>> = {
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
  const { engine = DEFAULT_ENGINE } = checkOptions('createEngine', options);
  return engines[engine](options);
}
