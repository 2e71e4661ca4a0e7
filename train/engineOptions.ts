import type { EngineOptions } from '../src/engine/engine.js';
import type { RunConfig } from './config/schema.js';

/** What `createEngine` takes, from the engine's part of a config. */
export function engineOptionsOf({
  engine: { name, device, backend, threads },
}: Pick<RunConfig, 'engine'>): EngineOptions {
  return {
    engine: name,
    ...(device === null ? {} : { device }),
    ...(backend === null ? {} : { backend }),
    ...(threads === null ? {} : { threads }),
  };
}
