import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/core/errors.js';
import { tf } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { loadBackend } from '../../src/engine/backends.js';
import { eagerBackends } from '../../src/engine/engine.js';

const PEERS = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

const installed = PEERS.filter((name) => existsSync(new URL(`../../node_modules/${name}`, import.meta.url)));
if (installed.length > 0)
  console.warn(`skipped: what is said without ${installed.join(', ')}, which is installed`);

/** What a call that must fail throws. */
async function errorOf(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('backends of the eager engine', () => {
  it.skipIf(installed.length > 0)('without tfjs-node the message says what to install', async () => {
    const before = tf.getBackend();
    const error = await errorOf(() => createEngine({ engine: 'eager', backend: 'tensorflow' }));
    expect(error).toBeInstanceOf(EngineError);
    // The cast: the line above.
    const { message } = error as EngineError;
    expect(message).toMatch(/^engine eager, backend 'tensorflow': expected @tensorflow\/tfjs-node-gpu or /);
    // How a missing package is told apart is Node's affair, or the test runner's.
    for (const name of PEERS) expect(message).toMatch(new RegExp(`[ ;]${name}: [^;]*['"]${name}['"]`));
    expect(message).toMatch(/; run 'npm install @tensorflow\/tfjs-node' .* or use the graph engine$/);
    expect(message).not.toContain('\n');
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
    for (const name of ['cpu', 'wasm']) await loadBackend(name);
    expect(tf.getBackend()).toBe(before);
  });
});
