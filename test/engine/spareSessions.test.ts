import { InferenceSession } from 'onnxruntime-node';
import { afterEach, beforeEach, expect, it, vi, type MockInstance } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createGraphEngine } from '../../src/engine/graph/graphEngine.js';
import { SpareSessions } from '../../src/engine/graph/spareSessions.js';

let create: MockInstance;
const created = (): number => create.mock.calls.length;
beforeEach(() => {
  create = vi.spyOn(InferenceSession, 'create');
});
afterEach(() => void vi.restoreAllMocks());

/** What an engine of its own gives for `factor` times a vector of ones. */
async function product(
  spare: SpareSessions,
  factor: number,
  { size = 3, threads = 1 } = {},
): Promise<number[]> {
  const engine = await createGraphEngine({ threads, spare });
  const times = engine.compile((x: Tensor) => tf.mul(x, factor));
  const result = await times(tf.ones([size]));
  await engine.dispose();
  return [...result.dataSync()];
}

it('are used by later engines for equal graphs with equal options, and for no others', async () => {
  const spare = new SpareSessions();
  expect(await product(spare, 2)).toEqual([2, 2, 2]);
  expect(await product(spare, 2)).toEqual([2, 2, 2]);
  expect(created()).toBe(1);
  expect(await product(spare, 3)).toEqual([3, 3, 3]);
  expect(await product(spare, 2, { size: 2 })).toEqual([2, 2]);
  expect(await product(spare, 2, { threads: 2 })).toEqual([2, 2, 2]);
  expect(created()).toBe(4);
});

it('serve one engine that compiles the same twice with two sessions', async () => {
  const spare = new SpareSessions();
  const engine = await createGraphEngine({ threads: 1, spare });
  for (let i = 0; i < 2; i++)
    await engine.compile((x: Tensor) => tf.mul(x, 2), { name: 'same' })(tf.ones([3]));
  expect(created()).toBe(2);
  await engine.dispose();
});

it('are released when engines end without them, and where the process is large', async () => {
  const spare = new SpareSessions();
  await product(spare, 2);
  for (let i = 0; i < 20; i++) await product(spare, 3);
  expect(created()).toBe(2);
  await product(spare, 2);
  expect(created()).toBe(3);
  const none = new SpareSessions(1);
  await product(none, 2);
  await product(none, 2);
  expect(created()).toBe(5);
});
