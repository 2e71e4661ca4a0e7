import { describe, expect, it } from 'vitest';
import '../support/close.js';
import { ConfigError } from '../../src/core/errors.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import { fixed } from '../../src/gates/fixed.js';

function factors(given: Params, place = { H: 4, K: 8, layer: 0, layers: 4 }): number[] {
  const logDecay = fixed.logDecay({ B: 3, T: 2 }, {}, place, resolveParams(fixed.params, given, 'gate'));
  expect(logDecay.shape).toEqual([1, place.H, 2]);
  const values = logDecay.dataSync();
  return Array.from({ length: place.H }, (_, h) => {
    expect(values[2 * h]).toBe(values[2 * h + 1]);
    return Math.exp(values[2 * h]!);
  });
}

const close = { rtol: 1e-6, atol: 1e-7 };

describe('gate fixed', () => {
  it('spaces reaches in equal ratios by default: gamma = sqrt(tau / (tau + 1))', () => {
    const reaches = [1, 10, 100, 1000];
    const wanted = reaches.map((tau) => Math.sqrt(tau / (tau + 1)));
    expect(factors({ shortest: 1, longest: 1000 })).toBeAllClose(wanted, close);
  });

  it('gives one head the reach between the two', () => {
    const one = { H: 1, K: 8, layer: 0, layers: 1 };
    expect(factors({ shortest: 1, longest: 100 }, one)).toBeAllClose([Math.sqrt(10 / 11)], close);
  });

  it('has the presets of RetNet and TransNormerLLM', () => {
    expect(factors({ preset: 'retnet' })).toBeAllClose([31 / 32, 63 / 64, 127 / 128, 255 / 256], close);
    const first = [0, 2, 4, 6].map((x) => Math.exp(-x));
    expect(factors({ preset: 'tnl' })).toBeAllClose(first, close);
    const last = [0, 2, 4, 6].map((x) => Math.exp(-x / 4));
    expect(factors({ preset: 'tnl' }, { H: 4, K: 8, layer: 3, layers: 4 })).toBeAllClose(last, close);
  });

  it('refuses reaches in the wrong order', () => {
    expect(() => factors({ shortest: 20, longest: 10 })).toThrow(
      new ConfigError('gate fixed: expected shortest <= longest, got 20 and 10; exchange them'),
    );
  });
});
