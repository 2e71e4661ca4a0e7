import { afterAll, beforeAll } from 'vitest';
import { tf } from '../../src/core/tf.js';
import { loadBackend } from '../../src/engine/backends.js';

/**
 * Runs the tensors of a test file on WebAssembly, which takes a fifth to a half of the time of plain JavaScript where
 * they are large. For tests that call functions of tensors as they are, without an engine.
 */
export function onWasm(): void {
  beforeAll(async () => {
    await loadBackend('wasm');
    await tf.setBackend('wasm');
  });
  afterAll(() => tf.setBackend('cpu'));
}
