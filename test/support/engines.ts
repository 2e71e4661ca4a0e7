import { afterAll } from 'vitest';
import { createEngine } from '../../src/engine/createEngine.js';
import type { Engine } from '../../src/engine/engine.js';

/**
 * The eager engine and the graph engine, for this test file.
 *
 * The graph engine has one thread: tensors of tests are too small to share, and test files run side by side. That took
 * a quarter off the processor time of the rule contract.
 */
export async function bothEngines(): Promise<readonly [eager: Engine, graph: Engine]> {
  const eager = await createEngine({ engine: 'eager' });
  const graph = await createEngine({ engine: 'graph', threads: 1 });
  afterAll(async () => {
    await eager.dispose();
    await graph.dispose();
  });
  return [eager, graph];
}
