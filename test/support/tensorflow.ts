import { existsSync } from 'node:fs';
import { createEngine } from '../../src/engine/createEngine.js';
import type { Engine } from '../../src/engine/engine.js';

/** The packages that bring TensorFlow's backend and are installed here. */
export const installedPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'].filter((name) =>
  existsSync(new URL(`../../node_modules/${name}`, import.meta.url)),
);

/** The backend, where it can be tested. */
export const tensorflow: readonly 'tensorflow'[] = installedPackages.length > 0 ? ['tensorflow'] : [];

/** The eager engine on it, where it can be tested. */
export async function tensorflowEngines(): Promise<Engine[]> {
  return Promise.all(tensorflow.map(async (backend) => createEngine({ engine: 'eager', backend })));
}
