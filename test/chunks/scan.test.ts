import { describe, expect, it } from 'vitest';
import '../support/close.js';
import { Rng } from '../../src/core/rng.js';
import { sizeOf } from '../../src/core/shapes.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { adjointScan, affineScan, type ScanStates } from '../../src/chunks/scan.js';

const [B, H, V, K] = [1, 2, 2, 3];
const close = { rtol: 1e-4, atol: 1e-5 };

function normal(seed: number, shape: number[], scale: number): Tensor {
  return tf.tensor(Rng.fromSeed(seed).normals(sizeOf(shape), scale), shape);
}

/** `S_{n+1} = f_n (S_n P_n) + W_n`, one after the other: states before each moment, and the last. */
function oneByOne(P: Tensor | undefined, W: Tensor, start: Tensor, factors?: Tensor): ScanStates {
  const states: Tensor[] = [];
  let S = start;
  for (let n = 0; n < W.shape[2]!; n++) {
    states.push(S);
    const at = (x: Tensor): Tensor => tf.squeeze(tf.slice(x, [0, 0, n, 0, 0], [B, H, 1, -1, -1]), [2]);
    const turned = P ? tf.matMul(S, at(P)) : S;
    S = tf.add(factors ? tf.mul(turned, at(factors)) : turned, at(W));
  }
  return { starts: tf.stack(states, 2), final: S };
}

// One after another, in groups, with groups filled up, and groups of groups.
const counts = [1, 2, 16, 17, 64, 300];

describe('affineScan', () => {
  it.each(counts)('gives the states before each of %i steps and after the last', (N) => {
    const P = tf.add(normal(1, [B, H, N, K, K], 0.2), tf.mul(tf.eye(K), 0.6));
    const [W, start] = [normal(2, [B, H, N, V, K], 1), normal(3, [B, H, V, K], 1)];
    const [got, wanted] = [affineScan({ transitions: P }, W, start), oneByOne(P, W, start)];
    expect(got.starts).toBeAllClose(wanted.starts!, close);
    expect(got.final).toBeAllClose(wanted.final, close);
    const [empty, zero] = [affineScan({ transitions: P }, W, undefined), oneByOne(P, W, tf.zerosLike(start))];
    if (N === 1) expect(empty.starts).toBeUndefined();
    else expect(empty.starts).toBeAllClose(zero.starts!, close);
    expect(empty.final).toBeAllClose(zero.final, close);
  });
});

describe('affineScan with factors', () => {
  it.each(counts)('multiplies the states of %i steps, after their transitions', (N) => {
    const P = tf.add(normal(1, [B, H, N, K, K], 0.2), tf.mul(tf.eye(K), 0.6));
    const [W, start] = [normal(2, [B, H, N, V, K], 1), normal(3, [B, H, V, K], 1)];
    const [down, both] = [normal(4, [B, H, N, V, 1], 0.7), normal(5, [B, H, N, V, K], 0.7)];
    for (const moves of [{ transitions: P, factors: down }, { factors: down }, { factors: both }]) {
      const [got, wanted] = [
        affineScan(moves, W, start),
        oneByOne(moves.transitions, W, start, moves.factors),
      ];
      expect(got.starts).toBeAllClose(wanted.starts!, close);
      expect(got.final).toBeAllClose(wanted.final, close);
    }
  });
});

describe('adjointScan', () => {
  it.each(counts)('gives the gradient of every one of %i states and of the start', (N) => {
    const P = tf.add(normal(1, [B, H, N, K, K], 0.2), tf.mul(tf.eye(K), 0.6));
    const [W, start] = [normal(2, [B, H, N, V, K], 1), normal(3, [B, H, V, K], 1)];
    const [Y, end] = [normal(4, [B, H, N, V, K], 1), normal(5, [B, H, V, K], 1)];
    const [dW, dStart] = tf.grads((writes, first) => {
      const { starts, final } = oneByOne(P, writes, first);
      return tf.add(tf.sum(tf.mul(starts!, Y)), tf.sum(tf.mul(final, end)));
    })([W, start]);
    // The state after a moment has the gradient of what the moment writes.
    const { after, start: got } = adjointScan(P, Y, end);
    expect(after).toBeAllClose(dW!, close);
    expect(got).toBeAllClose(dStart!, close);
  });
});

describe('affineScan with factors shared by heads', () => {
  it.each(counts)('decays and restarts the states of %i steps', (N) => {
    const decay = tf.exp(tf.neg(tf.abs(normal(1, [B, 1, N, 1, 1], 0.3))));
    const continues = Array.from({ length: N }, (_, n) => (n % 7 === 6 ? 0 : 1));
    const factors = tf.mul(decay, tf.tensor(continues, [1, 1, N, 1, 1]));
    const [W, start] = [normal(2, [B, H, N, V, K], 1), normal(3, [B, H, V, K], 1)];
    for (const [moves, each] of [
      [{ factors }, tf.add(factors, tf.zeros([B, H, N, 1, 1]))],
      [{}, undefined],
    ] as const) {
      const [got, wanted] = [affineScan(moves, W, start), oneByOne(undefined, W, start, each)];
      expect(got.starts).toBeAllClose(wanted.starts!, close);
      expect(got.final).toBeAllClose(wanted.final, close);
      const empty = affineScan(moves, W, undefined);
      const zero = oneByOne(undefined, W, tf.zerosLike(start), each);
      if (N === 1) expect(empty.starts).toBeUndefined();
      else expect(empty.starts).toBeAllClose(zero.starts!, close);
      expect(empty.final).toBeAllClose(zero.final, close);
    }
  });
});
