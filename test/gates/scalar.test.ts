import { describe, expect, it } from 'vitest';
import '../support/close.js';
import { ConfigError, ShapeError } from '../../src/core/errors.js';
import { resolveParams } from '../../src/core/params.js';
import { Rng } from '../../src/core/rng.js';
import { tf } from '../../src/core/tf.js';
import type { DecayGate } from '../../src/gates/contract.js';
import { scalar as own } from '../../src/gates/scalar.js';

const scalar: DecayGate = own;

const place = { H: 2, K: 8, layer: 0, layers: 1 };
const params = resolveParams(scalar.params, {}, 'gate');
const softplus = (x: number): number => Math.log1p(Math.exp(x));

describe('gate scalar', () => {
  it('decays by exp(-exp(A_log) softplus(a + dt_bias))', () => {
    const [rates, biases, a] = [
      [0.3, -1],
      [-4, 0.5],
      [1, -2, 0.5, 3, 0, -6],
    ];
    const weights = { A_log: tf.tensor1d(rates), dt_bias: tf.tensor1d(biases) };
    const projected = tf.tensor3d(a, [1, 2, 3]);
    const got = scalar.logDecay({ B: 1, T: 3, projected }, weights, place, params)!;
    const wanted = a.map((x, i) => {
      const h = Math.floor(i / 3);
      return -Math.exp(rates[h]!) * softplus(x + biases[h]!);
    });
    expect(got).toBeAllClose(tf.tensor3d(wanted, [1, 2, 3]), { rtol: 1e-5, atol: 1e-6 });
  });

  it('starts with rates uniform to 16 and steps log-uniform from 0.001 to 0.1', () => {
    const many = { ...place, H: 4000 };
    const [A, bias] = scalar.weights(many, params).map((weight) => weight.initial(Rng.fromSeed(1)));
    const rates = Array.from(A!, Math.exp).sort((a, b) => a - b);
    expect(rates[0]).toBeGreaterThan(0);
    expect(rates.at(-1)).toBeLessThanOrEqual(16.0001);
    expect(rates[2000]).toBeAllClose(8, { rtol: 0.1, atol: 0 });
    const steps = Array.from(bias!, softplus).sort((a, b) => a - b);
    expect(steps[0]).toBeAllClose(1e-3, { rtol: 0.01, atol: 0 });
    expect(steps.at(-1)).toBeAllClose(0.1, { rtol: 0.01, atol: 0 });
    expect(steps[2000]).toBeAllClose(0.01, { rtol: 0.1, atol: 0 });
  });

  it('refuses steps in the wrong order, a missing weight and a missing projection', () => {
    const wrong = { ...params, shortestStep: 1, longestStep: 0.1 };
    expect(() => scalar.weights(place, wrong)).toThrow(
      new ConfigError('gate scalar: expected shortestStep <= longestStep, got 1 and 0.1; exchange them'),
    );
    const input = { B: 1, T: 1, projected: tf.zeros([1, 2, 1]) };
    expect(() => scalar.logDecay(input, {}, place, params)).toThrow(ShapeError);
    expect(() => scalar.logDecay({ B: 1, T: 1 }, {}, place, params)).toThrow(
      new ShapeError('gate scalar: expected one projected column [B,H,T], got none'),
    );
  });
});
