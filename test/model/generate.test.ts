import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, NonFiniteError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { sample, Sampler, type SampleOptions } from '../../src/model/sample.js';

const PROBABILITIES = [0.1, 0.4, 0.05, 0.25, 0.2];
const LOGITS = Float32Array.from(PROBABILITIES, (p) => Math.log(p) + 3);

function frequencies(options: SampleOptions, count = 20_000): number[] {
  const rng = Rng.fromSeed(3);
  const found = PROBABILITIES.map(() => 0);
  const sampler = new Sampler(options);
  for (let i = 0; i < count; i++) found[sampler.draw(LOGITS, rng)]! += 1 / count;
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

/** What the definition says, by sorting; of equals the first are kept. */
function plainDraw(
  logits: Float32Array,
  options: Required<SampleOptions>,
  seen: ReadonlySet<number>,
  uniform: number,
): number {
  const { temperature, topK, topP, minP, repetitionPenalty: penalty } = options;
  const penalised = Float32Array.from(logits, (l, id) =>
    seen.has(id) ? (l > 0 ? l / penalty : l * penalty) : l,
  );
  const top = Math.max(...penalised);
  const all = Array.from(penalised, (l, id) => ({ id, m: Math.exp((l - top) / temperature) }));
  const sorted = all.toSorted((a, b) => b.m - a.m || a.id - b.id).slice(0, topK || all.length);
  const total = sorted.reduce((sum, { m }) => sum + m, 0);
  let reached = 0;
  const nucleus = sorted.filter(({ m }) => {
    const open = topP === 1 || reached < topP * total;
    reached += m;
    return open;
  });
  const kept = nucleus.filter(({ m }) => m >= minP).sort((a, b) => a.id - b.id);
  let left = uniform * kept.reduce((sum, { m }) => sum + m, 0);
  return (kept.find(({ m }) => (left -= m) < 0) ?? kept.at(-1)!).id;
}

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

  it('keeps tokens of at least the share minP of the most likely one', () => {
    expectNear(frequencies({ minP: 0.49 }), normalised([0, 0.4, 0, 0.25, 0.2]));
    expectNear(frequencies({ minP: 1 }), [0, 1, 0, 0, 0]);
  });

  it('makes tokens that were read or drawn less likely by the penalty of repetition', () => {
    const logits = Float32Array.of(2, -1, 1.5);
    const sampler = new Sampler({ temperature: 0, repetitionPenalty: 2 });
    const rng = Rng.fromSeed(1);
    expect([0, 0, 0].map(() => sampler.draw(logits, rng))).toEqual([0, 2, 0]);
    const reader = new Sampler({ temperature: 0, repetitionPenalty: 2 });
    reader.read([0, 1]);
    expect(reader.draw(logits, rng)).toBe(2);
  });

  it('draws the last token that is kept for the largest number, whatever rounding leaves', () => {
    const largest = 1 - 2 ** -53;
    // The cast: a draw asks a stream for nothing else.
    const stream = { uniform: () => largest } as Rng;
    for (let seed = 0; seed < 300; seed++) {
      const logits = Rng.fromSeed(seed).normals(900);
      const given = { temperature: 0.8, topK: 0, topP: seed % 2 ? 0.95 : 1, minP: 0, repetitionPenalty: 1 };
      expect(sample(logits, given, stream)).toBe(plainDraw(logits, given, new Set(), largest));
    }
  });

  it('draws the same tokens as a plain reference', () => {
    const options = fc.record({
      temperature: fc.constantFrom(Number.MIN_VALUE, 0.1, 0.8, 1, 5),
      topK: fc.constantFrom(0, 1, 7, 1000),
      topP: fc.constantFrom(0.1, 0.5, 0.95, 1),
      minP: fc.constantFrom(0, 0.05),
      repetitionPenalty: fc.constantFrom(1, 1.3),
    });
    const spread = fc.constantFrom(0, 0.3, 3, 40);
    fc.assert(
      fc.property(options, spread, fc.nat({ max: 1_000_000 }), (given, range, seed) => {
        const noise = Rng.fromSeed(seed);
        const sampler = new Sampler(given);
        const seen = new Set([3, 5]);
        sampler.read(seen);
        const [own, plain] = [Rng.fromSeed(seed), Rng.fromSeed(seed)];
        for (let draw = 0; draw < 3; draw++) {
          // Rounded, so that there are equals.
          const logits = Float32Array.from(
            { length: 900 },
            () => Math.round(50 * range * noise.uniform()) / 50,
          );
          const expected = plainDraw(logits, given, seen, plain.uniform());
          seen.add(expected);
          expect(sampler.draw(logits, own)).toBe(expected);
        }
      }),
      { seed: 7, numRuns: 300 },
    );
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
    expect(() => sample(LOGITS, { minP: 2 }, rng)).toThrow('sample.minP: expected a number from 0 to 1');
    expect(() => sample(LOGITS, { repetitionPenalty: 0 }, rng)).toThrow('sample.repetitionPenalty: expected');
    expect(() => sample(Float32Array.of(1, NaN), {}, rng)).toThrow(NonFiniteError);
    expect(() => sample(new Float32Array(0), {}, rng)).toThrow('at least one logit');
  });
});
