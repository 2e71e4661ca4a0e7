import { float32, type StoredTensors } from '../src/checkpoint/format.js';
import type { NamedVariable } from '../src/core/assignWeights.js';
import type { Engine } from '../src/engine/engine.js';

/** Copies variables out of the engine, to be saved. */
export async function readTensors(engine: Engine, named: readonly NamedVariable[]): Promise<StoredTensors> {
  await engine.pull(named.map(({ variable }) => variable));
  const stored = named.map(async ({ name, variable }) => {
    const data = await variable.data<'float32'>();
    return [name, float32(variable.shape, data)] as const;
  });
  return new Map(await Promise.all(stored));
}
