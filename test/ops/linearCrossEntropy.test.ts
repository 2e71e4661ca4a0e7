import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/core/errors.js';
import { gatherRows, scatterRows } from '../../src/ops/gatherRows.js';
import { linearCrossEntropy, linearCrossEntropySum, linearNats } from '../../src/ops/linearCrossEntropy.js';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import '../support/close.js';
import { describeOp, type Values } from './opCase.js';

const [N, D, VOCABULARY] = [6, 4, 5];
// Repeated and absent ids.
const IDS = [3, 0, 3, 3, 4, 0];
const WEIGHTS = [1, 0.5, 0, 2, 1, 1];

const ids = () => tf.tensor1d(IDS, 'int32');

/** Nats of each target in float64. */
function natsOf({ x, table }: Values): Float64Array {
  return Float64Array.from(IDS, (target, n) => {
    const logits = Array.from({ length: VOCABULARY }, (_, c) =>
      Array.from({ length: D }, (_, d) => x![n * D + d]! * table![c * D + d]!).reduce((a, b) => a + b),
    );
    const top = Math.max(...logits);
    return top + Math.log(logits.reduce((sum, l) => sum + Math.exp(l - top), 0)) - logits[target]!;
  });
}

const shapes = { x: [N, D], table: [VOCABULARY, D] };

describeOp('linearNats', [
  { title: 'repeated targets', shapes, run: ({ x, table }) => linearNats(x!, table!, ids()), oracle: natsOf },
]);

describeOp('linearCrossEntropySum', [
  {
    title: 'weights of which one is 0',
    shapes,
    run: ({ x, table }) => linearCrossEntropySum(x!, table!, ids(), tf.tensor1d(WEIGHTS)),
    oracle: (values) => Float64Array.of(natsOf(values).reduce((sum, nats, n) => sum + nats * WEIGHTS[n]!, 0)),
  },
  {
    title: 'logits of some hundred',
    shapes,
    given: { x: Float64Array.from({ length: N * D }, (_, i) => 30 * Math.sin(i + 1)) },
    run: ({ x, table }) => linearCrossEntropySum(x!, table!, ids(), tf.tensor1d(WEIGHTS)),
    oracle: (values) => Float64Array.of(natsOf(values).reduce((sum, nats, n) => sum + nats * WEIGHTS[n]!, 0)),
  },
]);

describeOp('gatherRows', [
  {
    title: 'repeated ids in a matrix',
    shapes: { table: [VOCABULARY, D] },
    run: ({ table }) => gatherRows(table!, tf.reshape(ids(), [2, 3])),
    oracle: ({ table }) => Float64Array.from(IDS.flatMap((id) => [...table!.slice(id * D, (id + 1) * D)])),
  },
]);

describe('linearCrossEntropy', () => {
  const x = (): Tensor => tf.tensor(Rng.fromSeed(1).normals(N * D), [N, D]);
  const table = (): Tensor => tf.tensor(Rng.fromSeed(2).normals(VOCABULARY * D), [VOCABULARY, D]);

  it('gives the nats and the gradients of their weighted sum', () => {
    const weights = tf.tensor1d(WEIGHTS);
    const { nats, dX, dTable } = linearCrossEntropy({ x: x(), table: table(), targets: ids(), weights });
    expect(nats).toBeAllClose(linearNats(x(), table(), ids()), { rtol: 1e-6, atol: 1e-6 });
    const weighted = (h: Tensor, rows: Tensor) => tf.sum(tf.mul(weights, linearNats(h, rows, ids())));
    const [wantedX, wantedTable] = tf.grads(weighted)([x(), table()]);
    expect(dX).toBeAllClose(wantedX!, { rtol: 1e-5, atol: 1e-6 });
    expect(dTable).toBeAllClose(wantedTable!, { rtol: 1e-5, atol: 1e-6 });
  });

  it('rejects targets of another count', () => {
    const call = () => linearCrossEntropySum(x(), table(), tf.zeros([N + 1], 'int32'), tf.ones([N]));
    expect(call).toThrow(ShapeError);
    expect(call).toThrow('linearCrossEntropy: targets: expected shape [N=6], got [7]');
  });
});

describe('scatterRows', () => {
  it('adds up a thousand rows of one id', () => {
    const many = tf.fill([1000], 2, 'int32');
    const sums = scatterRows(tf.ones([1000, 3]), many, 4);
    expect(sums.arraySync()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [1000, 1000, 1000],
      [0, 0, 0],
    ]);
  });
});
