import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/core/errors.js';
import { tf } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { loadBackend } from '../../src/engine/backends.js';
import { eagerBackends } from '../../src/engine/engine.js';
import { installedPackages, tensorflow } from '../support/tensorflow.js';

if (installedPackages.length > 0)
  console.warn(`skipped: what is said without ${installedPackages.join(', ')}, which is installed`);

/** What a call that must fail throws. */
async function errorOf(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('backends of the eager engine', () => {
  it.skipIf(installedPackages.length > 0)('without tfjs-node the message says what to install', async () => {
    const before = tf.getBackend();
    const error = await errorOf(() => createEngine({ engine: 'eager', backend: 'tensorflow' }));
    expect(error).toBeInstanceOf(EngineError);
    // The cast: the line above.
    const { message } = error as EngineError;
    // In this clone of the package, where npm runs no install scripts.
    expect(message).toBe(
      "engine eager, backend 'tensorflow': expected @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node to load, " +
        "got neither installed; run 'npm install --no-save --save-prod @tensorflow/tfjs-node@4.22 && " +
        "npm rebuild @tensorflow/tfjs-node --ignore-scripts=false' (Node 20 or 22) or use the graph engine",
    );
    expect(tf.getBackend()).toBe(before);
  });

  it('an unknown one is refused by name', async () => {
    const error = await errorOf(() => loadBackend('wasn'));
    expect(String(error)).toBe(
      `ConfigError: engine.backend: expected one of ${eagerBackends.join(' | ')}, got 'wasn'; did you mean 'wasm'?`,
    );
  });

  it('starting one leaves the selected one selected', async () => {
    const before = tf.getBackend();
    for (const name of ['cpu', 'wasm', ...tensorflow]) await loadBackend(name);
    expect(tf.getBackend()).toBe(before);
  });
});
