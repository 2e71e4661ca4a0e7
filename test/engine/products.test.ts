import { expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { devices } from '../../src/engine/graph/devices.js';
import { trace } from '../../src/engine/graph/trace.js';

/** A memory read by a query, which comes as a row. */
const read = (S: Tensor, q: Tensor): Tensor => tf.matMul(S, tf.reshape(q, [1, 4, 32, 1]));

it.each([
  { device: 'cpu', types: ['FusedMatMul', 'Reshape'] },
  // It has no product with a transposed matrix of a batch: the vector is reshaped, and the matrix left as it is.
  { device: 'webgpu', types: ['Reshape', 'MatMul'] },
] as const)('a matrix is not transposed to read it by a vector on $device', ({ device, types }) => {
  const examples = [tf.zeros([1, 4, 32, 32]), tf.zeros([1, 4, 1, 32])];
  const { graph } = trace(read, examples, [], {
    name: 'read',
    device: devices[device],
  });
  expect(graph.nodes.map(({ type }) => type)).toEqual(types);
  tf.dispose(examples);
});
