import { describe, expect, it } from 'vitest';
import { ConfigError, NonFiniteError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { sample, type SampleOptions } from '../../src/model/sample.js';

const PROBABILITIES = [0.1, 0.4, 0.05, 0.25, 0.2];
const LOGITS = Float32Array.from(PROBABILITIES, (p) => Math.log(p) + 3);

function frequencies(options: SampleOptions, count = 20_000): number[] {
  const rng = Rng.fromSeed(3);
  const found = PROBABILITIES.map(() => 0);
  for (let i = 0; i < count; i++) found[sample(LOGITS, options, rng)]! += 1 / count;
  return found;
}

/** Five standard errors of a frequency of 20,000 draws are at most 0.018. */
function expectNear(found: readonly number[], wanted: readonly number[]): void {
  found.forEach((share, i) => {
    expect(Math.abs(share - wanted[i]!), `token ${i}: ${share}`).toBeLessThan(wanted[i] === 0 ? 1e-9 : 0.018);
  });
}

const normalised = (masses: readonly number[]): number[] => {
  const sum = masses.reduce((a, b) => a + b);
  return masses.map((m) => m / sum);
};

describe('sample', () => {
  it('draws in proportion to the probabilities', () => {
    expectNear(frequencies({}), PROBABILITIES);
  });

  it.each([0.5, 2])('draws at temperature %d', (temperature) => {
    expectNear(frequencies({ temperature }), normalised(PROBABILITIES.map((p) => p ** (1 / temperature))));
  });

  it('takes the most likely, and of equals the first, at temperature 0', () => {
    expect(sample(LOGITS, { temperature: 0 }, Rng.fromSeed(1))).toBe(1);
    expect(sample(Float32Array.of(0, 2, 2), { temperature: 0 }, Rng.fromSeed(1))).toBe(1);
  });

  it('keeps the k most likely', () => {
    expectNear(frequencies({ topK: 2 }), normalised([0, 0.4, 0, 0.25, 0]));
    expectNear(frequencies({ topK: 1 }), [0, 1, 0, 0, 0]);
    expectNear(frequencies({ topK: 99 }), PROBABILITIES);
  });

  it('keeps exactly k of equals, the first', () => {
    const rng = Rng.fromSeed(1);
    const drawn = Array.from({ length: 200 }, () => sample(new Float32Array(6), { topK: 3 }, rng));
    expect(new Set(drawn)).toEqual(new Set([0, 1, 2]));
  });

  it('keeps the fewest tokens that reach topP', () => {
    expectNear(frequencies({ topP: 0.6 }), normalised([0, 0.4, 0, 0.25, 0]));
    expectNear(frequencies({ topP: 0.7 }), normalised([0, 0.4, 0, 0.25, 0.2]));
    expectNear(frequencies({ topP: 1e-9 }), [0, 1, 0, 0, 0]);
  });

  it('takes the nucleus of what topK and temperature leave', () => {
    // After topK 3 the shares are .47, .29, .24: the first two reach .75.
    expectNear(frequencies({ topK: 3, topP: 0.75 }), normalised([0, 0.4, 0, 0.25, 0]));
    expectNear(frequencies({ temperature: 0.1, topP: 0.9 }), [0, 1, 0, 0, 0]);
  });

  it('repeats with the same stream', () => {
    const draws = [1, 1].map((seed) => {
      const rng = Rng.fromSeed(seed);
      return Array.from({ length: 50 }, () => sample(LOGITS, { topP: 0.9 }, rng));
    });
    expect(draws[0]).toEqual(draws[1]);
  });

  it('rejects options out of range and logits that are no numbers', () => {
    const rng = Rng.fromSeed(1);
    expect(() => sample(LOGITS, { temperature: -1 }, rng)).toThrow(ConfigError);
    expect(() => sample(LOGITS, { topK: 1.5 }, rng)).toThrow('sample.topK: expected a whole number');
    expect(() => sample(LOGITS, { topP: 0 }, rng)).toThrow('sample.topP: expected a number above 0');
    expect(() => sample(Float32Array.of(1, NaN), {}, rng)).toThrow(NonFiniteError);
    expect(() => sample(new Float32Array(0), {}, rng)).toThrow('at least one logit');
  });
});
