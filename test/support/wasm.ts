import { tf } from '../../src/core/tf.js';
import { loadBackend } from '../../src/engine/backends.js';

/*
 * Importing this runs the tensors of a test file on WebAssembly, which takes a fifth to a half of the time of plain
 * JavaScript where tensors are large. For tests that call functions of tensors as they are, without an engine.
 */
await loadBackend('wasm');
await tf.setBackend('wasm');
