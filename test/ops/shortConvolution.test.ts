import { describe, expect, it } from 'vitest';
import { segmentsOf } from '../../src/ops/segments.js';
import { shortConvolution, shortConvolutionStep } from '../../src/ops/shortConvolution.js';
import { ShapeError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { tf } from '../../src/core/tf.js';
import '../support/close.js';
import { describeOp, type OpCase } from './opCase.js';

const [B, T, E] = [2, 7, 3];

// Documents shorter than the taps, one of a single token, and an id that comes back.
const DOCUMENTS = [
  [5, 5, 1, 5, 5, 5, 5],
  [0, 0, 0, 0, 2, 2, 9],
];

function loops(taps: number, documents?: number[][]): OpCase['oracle'] {
  return ({ x, w }) => {
    const y = new Float64Array(B * T * E);
    for (let b = 0; b < B; b++)
      for (let t = 0; t < T; t++)
        for (let lag = 0; lag < taps && lag <= t; lag++) {
          const span = documents?.[b]!.slice(t - lag, t + 1);
          if (span && new Set(span).size > 1) break;
          for (let e = 0; e < E; e++) {
            y[(b * E + e) * T + t]! += w![e * taps + taps - 1 - lag]! * x![(b * E + e) * T + t - lag]!;
          }
        }
    return y;
  };
}

describeOp(
  'shortConvolution',
  [1, 2, 4, 9].flatMap((taps) => [
    {
      title: `${taps} taps`,
      shapes: { x: [B, E, T], w: [E, taps] },
      run: ({ x, w }) => shortConvolution(x!, w!),
      oracle: loops(taps),
    },
    {
      title: `${taps} taps, documents`,
      shapes: { x: [B, E, T], w: [E, taps] },
      run: ({ x, w }) => shortConvolution(x!, w!, tf.tensor2d(DOCUMENTS, [B, T], 'int32')),
      oracle: loops(taps, DOCUMENTS),
    },
  ]),
);

describe('shortConvolution', () => {
  it('gives as its step the last output of a window', () => {
    const x = tf.tensor(Rng.fromSeed(1).normals(24), [2, 3, 4]);
    const w = tf.tensor(Rng.fromSeed(2).normals(12), [3, 4]);
    const last = tf.reshape(tf.slice(shortConvolution(x, w), [0, 0, 3], [2, 3, 1]), [2, 3]);
    const window = tf.transpose(x, [0, 2, 1]);
    expect(shortConvolutionStep(window, w)).toBeAllClose(last, { rtol: 1e-6, atol: 1e-6 });
  });

  it('rejects taps of another width', () => {
    expect(() => shortConvolution(tf.zeros([1, 3, 2]), tf.zeros([4, 2]))).toThrow(ShapeError);
    expect(() => shortConvolution(tf.zeros([1, 3, 2]), tf.zeros([4, 2]))).toThrow(
      'shortConvolution: w: expected shape [E=3,taps], got [4,2]',
    );
  });
});

describe('segmentsOf', () => {
  it('counts up at every change, also to an id that was there before', () => {
    const segments = segmentsOf(tf.tensor2d(DOCUMENTS, [B, T], 'int32'));
    expect(segments.arraySync()).toEqual([
      [0, 0, 1, 2, 2, 2, 2],
      [0, 0, 0, 0, 1, 1, 2],
    ]);
  });

  it('is zero for one token', () => {
    expect(segmentsOf(tf.tensor2d([[4]], [1, 1], 'int32')).arraySync()).toEqual([[0]]);
  });
});
