import type { RunConfig } from '../../train/config/schema.js';

/** A config whose engine takes so many threads, unless it says itself how many or has no such choice. */
export function withThreads<T extends Pick<RunConfig, 'engine'>>(config: T, threads: number): T {
  const { engine } = config;
  if (engine.name !== 'graph' || engine.threads !== null) return config;
  return { ...config, engine: { ...engine, threads } };
}
