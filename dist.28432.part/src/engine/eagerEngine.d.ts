import { type Engine } from './engine.js';
/**
 * The engine that runs functions as they are, op by op, on a tfjs backend. The reference in tests.
 *
 * @throws ConfigError for an unknown backend, EngineError for one that does not start.
 */
export declare function createEagerEngine(backend?: string): Promise<Engine>;
