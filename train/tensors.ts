import { float32, type StoredTensors } from '../src/checkpoint/format.js';
import { CheckpointError } from '../src/core/errors.js';
import { sameShape } from '../src/core/shapes.js';
import { tf } from '../src/core/tf.js';
import type { Engine } from '../src/engine/engine.js';
import type { NamedVariable } from './updater.js';

/** Copies variables out of the engine, to be saved. */
export async function readTensors(engine: Engine, named: readonly NamedVariable[]): Promise<StoredTensors> {
  await engine.pull(named.map(({ variable }) => variable));
  const stored = named.map(async ({ name, variable }) => {
    const data = await variable.data<'float32'>();
    return [name, float32(variable.shape, data)] as const;
  });
  return new Map(await Promise.all(stored));
}

/** What keeps stored tensors from being those of these variables. */
function faultsOf(named: readonly NamedVariable[], stored: StoredTensors): string[] {
  const faults = named.flatMap(({ name, variable: { shape } }) => {
    const found = stored.get(name);
    if (found?.dtype === 'F32' && sameShape(found.shape, shape)) return [];
    const got = found ? `${found.dtype} [${found.shape.join(',')}]` : 'nothing';
    return [`'${name}': expected F32 [${shape.join(',')}], got ${got}`];
  });
  const names = new Set(named.map(({ name }) => name));
  const unknown = [...stored.keys()].filter((name) => !names.has(name));
  return [...faults, ...unknown.map((name) => `'${name}': expected no such tensor, got one`)];
}

/**
 * Assigns saved tensors to variables, all or none. Call it before a compiled function has read them.
 *
 * @param where names the file, such as `checkpoint step-000400: optimizer.safetensors`.
 * @throws CheckpointError that lists every tensor that is missing, too many or of another shape.
 */
export function assignTensors(named: readonly NamedVariable[], stored: StoredTensors, where: string): void {
  const faults = faultsOf(named, stored);
  if (faults.length > 0) {
    throw new CheckpointError(
      `${where} does not fit the config: ${faults.join('; ')}; resume with the config it was saved with`,
    );
  }
  for (const { name, variable } of named) {
    const found = stored.get(name);
    if (found?.dtype !== 'F32') continue;
    tf.tidy(() => {
      variable.assign(tf.tensor(found.data, variable.shape));
    });
  }
}
