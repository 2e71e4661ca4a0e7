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

/** The packages that bring TensorFlow's backend, the faster first; none is a dependency of ours. */
const TENSORFLOW_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

/**
 * What makes TensorFlow's backend load here. In a clone of this package npm takes the plain command for a change of
 * the optional peer, which it does not install, and runs no install scripts.
 */
function remedy(installed: string | undefined): string {
  const rebuild = (name: string): string => `npm rebuild ${name} --ignore-scripts=false`;
  if (installed !== undefined) return rebuild(installed);
  const name = '@tensorflow/tfjs-node';
  if (import.meta.url.includes('/node_modules/')) return `npm install ${name}@4.22`;
  return `npm install --no-save --save-prod ${name}@4.22 && ${rebuild(name)}`;
}

/** tfjs-node-gpu or tfjs-node, whichever the user has installed. */
async function loadTensorflow(): Promise<void> {
  // Otherwise TensorFlow tells the processor's instructions on standard error at every start.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  const installed = TENSORFLOW_PACKAGES.filter(isInstalled);
  const failures: string[] = [];
  for (const name of installed) {
    try {
      await import(name);
      return;
    } catch (error) {
      failures.push(`${name}: ${reasonOf(error).split('\n')[0]?.trim() ?? ''}`);
    }
  }
  throw new EngineError(
    `engine eager, backend 'tensorflow': expected ${TENSORFLOW_PACKAGES.join(' or ')} to load, ` +
      `got ${failures.length > 0 ? failures.join('; ') : 'neither installed'}; ` +
      `run '${remedy(installed[0])}' (Node 20 or 22) or use the graph engine`,
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
  // Taken first, since tfjs-node selects its backend when it is loaded.
  const before = tf.getBackend();
  await lookUp('engine.backend', loaders, name)();
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
