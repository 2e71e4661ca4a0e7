import { describe, expect, it } from 'vitest';
import { resolveParams } from '../../src/core/params.js';
import { Rng } from '../../src/core/rng.js';
import { tf } from '../../src/core/tf.js';
import { channel } from '../../src/gates/channel.js';
import '../support/close.js';

const place = { H: 3, K: 4, layer: 0, layers: 1 };
const { H, K } = place;
const [B, T] = [2, 5];

describe('gate channel of low rank', () => {
  it.each([1, 2])('decays by columns of all heads that a matrix mixes: rank %i', (rank) => {
    const params = resolveParams(channel.params, { rank, fixedRate: 0.25 }, 'gate');
    expect(channel.columns(place, params)).toBe(rank);
    const specs = channel.weights(place, params);
    expect(specs.map(({ name, shape }) => [name, shape])).toEqual([
      ['dt_bias', [H, K]],
      ['up', [H * rank, H * K]],
    ]);
    const rng = Rng.fromSeed(2);
    const [bias, up] = specs.map((spec) => spec.initial(rng));
    const columns = rng.normals(B * H * T * rank);
    const weights = { dt_bias: tf.tensor(bias!, [H, K]), up: tf.tensor(up!, [H * rank, H * K]) };
    const projected = tf.tensor(columns, rank === 1 ? [B, H, T] : [B, H, T, rank]);
    const got = channel.logDecay({ B, T, projected }, weights, place, params);
    const wanted: number[] = [];
    for (let b = 0; b < B; b++)
      for (let h = 0; h < H; h++)
        for (let t = 0; t < T; t++)
          for (let j = 0; j < K; j++) {
            let a = bias![h * K + j]!;
            for (let g = 0; g < H; g++)
              for (let r = 0; r < rank; r++)
                a += columns[((b * H + g) * T + t) * rank + r]! * up![(g * rank + r) * H * K + h * K + j]!;
            wanted.push(-0.25 * Math.log1p(Math.exp(a)));
          }
    expect(got.shape).toEqual([B, H, T, K]);
    expect(got.dataSync()).toBeAllClose(Float32Array.from(wanted), { rtol: 1e-5, atol: 1e-6 });
  });
});
