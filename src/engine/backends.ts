import { createRequire } from 'node:module';
import { reasonOf } from '../core/text.js';
import { dirname, sep } from 'node:path';
import { EngineError, lookUp } from '../core/errors.js';
import { tf, type DataId, type Tensor } from '../core/tf.js';
import type { eagerBackends } from './engine.js';

async function loadWasm(): Promise<void> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const home = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  wasm.setWasmPaths(`${home}${sep}dist${sep}`);
}

/** tfjs-node-gpu or tfjs-node, whichever the user has installed; neither is a dependency of ours. */
async function loadTensorflow(): Promise<void> {
  const failures: string[] = [];
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    try {
      await import(name);
      return;
    } catch (error) {
      failures.push(`${name}: ${reasonOf(error).split('\n')[0] ?? ''}`);
    }
  }
  throw new EngineError(
    `engine eager, backend 'tensorflow': expected @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node to load, ` +
      `got ${failures.join('; ')}; run 'npm install @tensorflow/tfjs-node' (Node 20 or 22) or use the graph engine`,
  );
}

/** How to make each tfjs backend known. */
const loaders: Readonly<Record<(typeof eagerBackends)[number], () => Promise<void>>> = {
  cpu: async () => undefined,
  wasm: loadWasm,
  tensorflow: loadTensorflow,
};

/**
 * Loads and starts a tfjs backend.
 *
 * @throws ConfigError for an unknown name, EngineError when it does not start here.
 */
export async function loadBackend(name: string): Promise<void> {
  await lookUp('engine.backend', loaders, name)();
  const before = tf.getBackend();
  try {
    if (!(await tf.setBackend(name))) throw new Error('tfjs could not start it');
  } catch (error) {
    await tf.setBackend(before);
    throw new EngineError(
      `engine eager: expected tfjs backend '${name}' to start, got: ${reasonOf(error)}; try --backend cpu`,
      { cause: error },
    );
  }
  await tf.setBackend(before);
}

/** Runs `body` with a started tfjs backend selected, and selects the former one again. */
export function withBackend<T>(name: string, body: () => T): T {
  const before = tf.getBackend();
  void tf.setBackend(name);
  try {
    return body();
  } finally {
    void tf.setBackend(before);
  }
}

/** The part of tfjs's engine that says which backend holds a tensor's data; private in its types. */
interface TensorOwners {
  readonly state: {
    readonly tensorInfo: WeakMap<DataId, { readonly backend: Pick<tf.KernelBackend, 'readSync'> }>;
  };
}

/** The backend that holds a tensor's data, or undefined when the tensor is disposed. */
export function ownerOf(dataId: DataId): Pick<tf.KernelBackend, 'readSync'> | undefined {
  return (tf.engine() as unknown as TensorOwners).state.tensorInfo.get(dataId)?.backend; // see TensorOwners
}

/**
 * The tensor if its data is on the selected backend, otherwise a copy there. Without it tfjs moves data when a kernel
 * first asks for them, which two backends do not stand: wasm keeps a view of the heap that it has before it makes the
 * heap larger, and tensorflow takes the shape that the data had first, whatever the tensor was reshaped to since.
 */
export function onSelectedBackend<T extends Tensor>(tensor: T): T {
  if (ownerOf(tensor.dataId) === tf.backend()) return tensor;
  // The cast: the same shape and type.
  return tf.tensor(tensor.dataSync(), tensor.shape, tensor.dtype) as T;
}
