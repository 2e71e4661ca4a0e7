import { createRequire } from 'node:module';
import { reasonOf } from '../core/text.js';
import { dirname, sep } from 'node:path';
import { EngineError, lookUp } from '../core/errors.js';
import { tf } from '../core/tf.js';
async function loadWasm() {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    const home = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
    wasm.setWasmPaths(`${home}${sep}dist${sep}`);
}
/** tfjs-node-gpu or tfjs-node, whichever the user has installed; neither is a dependency of ours. */
async function loadTensorflow() {
    const failures = [];
    for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
        try {
            await import(name);
            return;
        }
        catch (error) {
            failures.push(`${name}: ${reasonOf(error).split('\n')[0] ?? ''}`);
        }
    }
    throw new EngineError(`engine eager, backend 'tensorflow': expected @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node to load, ` +
        `got ${failures.join('; ')}; run 'npm install @tensorflow/tfjs-node' (Node 20 or 22) or use the graph engine`);
}
/** How to make each tfjs backend known. */
const loaders = {
    cpu: async () => undefined,
    wasm: loadWasm,
    tensorflow: loadTensorflow,
};
/**
 * Loads and starts a tfjs backend.
 *
 * @throws ConfigError for an unknown name, EngineError when it does not start here.
 */
export async function loadBackend(name) {
    await lookUp('engine.backend', loaders, name)();
    const before = tf.getBackend();
    try {
        if (!(await tf.setBackend(name)))
            throw new Error('tfjs could not start it');
    }
    catch (error) {
        await tf.setBackend(before);
        throw new EngineError(`engine eager: expected tfjs backend '${name}' to start, got: ${reasonOf(error)}; try --backend cpu`, { cause: error });
    }
    await tf.setBackend(before);
}
/** Runs `body` with a started tfjs backend selected, and selects the former one again. */
export function withBackend(name, body) {
    const before = tf.getBackend();
    void tf.setBackend(name);
    try {
        return body();
    }
    finally {
        void tf.setBackend(before);
    }
}
