import type { Engine, EngineOptions } from './engine.js';
/**
 * Makes the engine that compiled functions run on.
 *
 * @throws ConfigError for options that do not fit together, EngineError when it does not work here.
 */
export declare function createEngine(options?: EngineOptions): Promise<Engine>;
