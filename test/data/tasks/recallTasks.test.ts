import { describe, expect, it } from 'vitest';
import { openTask, type Params, type TaskSample, tasks } from './recallSupport.js';

const draw = (name: string, settings: Params, count: number): TaskSample[] => {
  const source = openTask(tasks[name]!, settings, 2);
  return Array.from({ length: count }, (_, i) => source.sample('train', i));
};

/** How far a count is from what is expected, in standard deviations of a binomial. */
const deviations = (hits: number, n: number, p: number): number =>
  Math.abs(hits - n * p) / Math.sqrt(n * p * (1 - p));

describe('mqar', () => {
  const settings = { vocabulary: 100, length: 32, pairs: 4, filler: 'zero' };

  it('has the form of the published generator: context, then keys at even offsets, 0 elsewhere', () => {
    for (const { inputs, positions, targets } of draw('mqar', settings, 200)) {
      const [keys, values] = [0, 1].map((o) => Array.from({ length: 4 }, (_, i) => inputs[2 * i + o]!));
      expect(new Set(keys).size).toBe(4);
      expect(new Set(values).size).toBe(4);
      expect(keys!.every((k) => k >= 1 && k < 50)).toBe(true);
      expect(values!.every((v) => v >= 50 && v < 100)).toBe(true);
      expect(Array.from(positions, (t) => inputs[t]!).sort()).toEqual([...keys!].sort());
      expect([...targets].sort()).toEqual([...values!].sort());
      expect(positions.every((t) => t >= 8 && t % 2 === 0)).toBe(true);
      const rest = inputs.subarray(8).filter((_, i) => !positions.includes(i + 8));
      expect(rest.every((token) => token === 0)).toBe(true);
    }
  });

  it('places the first pair at slot g with chance a g^(a-1) / sum', () => {
    const n = 3000;
    const weights = Array.from({ length: 12 }, (_, g) => (g + 1) ** (0.01 - 1));
    const total = weights.reduce((a, b) => a + b);
    const source = openTask(tasks.mqar!, { ...settings, pairs: 1, length: 26 }, 3);
    const counts = new Array<number>(12).fill(0);
    for (let i = 0; i < n; i++) counts[(source.sample('train', i).positions[0]! - 2) / 2]!++;
    for (const [g, count] of counts.entries())
      expect(deviations(count, n, weights[g]! / total)).toBeLessThan(4);
  });

  it('places further pairs without replacement, by the chances that are left', () => {
    const source = openTask(tasks.mqar!, { ...settings, pairs: 2, length: 10, powerA: 1e-4 }, 3);
    // Slots 1, 2, 3 weigh 1, 1/2, 1/3; the pair at slots {1, 2} comes as 1 then 2 or 2 then 1.
    const w = [1, 2, 3].map((g) => g ** (1e-4 - 1));
    const p = w.map((x) => x / (w[0]! + w[1]! + w[2]!));
    const both = (i: number, j: number): number =>
      (p[i]! * p[j]!) / (1 - p[i]!) + (p[j]! * p[i]!) / (1 - p[j]!);
    const n = 4000;
    const counts = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      const name = source.sample('train', i).positions.join();
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect(deviations(counts.get('4,6')!, n, both(0, 1))).toBeLessThan(4);
    expect(deviations(counts.get('4,8')!, n, both(0, 2))).toBeLessThan(4);
    expect(deviations(counts.get('6,8')!, n, both(1, 2))).toBeLessThan(4);
  });

  it('fills the gaps with random tokens of the whole vocabulary by default', () => {
    const seen = new Set<number>();
    for (const { inputs, positions } of draw('mqar', { ...settings, filler: 'random' }, 200))
      for (const [t, token] of inputs.entries()) if (t >= 8 && !positions.includes(t)) seen.add(token);
    expect(seen.size).toBe(100);
  });

  it('measures distance from the key to its query', () => {
    for (const { inputs, positions, slices } of draw('mqar', settings, 50))
      for (const [s, t] of positions.entries()) expect(inputs[t - slices.distance![s]!]).toBe(inputs[t]);
  });
});

describe('forgetting-mqar', () => {
  it('has another value for each updated key, which only the last telling gives', () => {
    for (const { inputs, positions, targets, slices } of draw('forgetting-mqar', { vocabulary: 100 }, 200)) {
      const first = (key: number): number => {
        let t = 0;
        while (inputs[t] !== key) t += 2;
        return inputs[t + 1]!;
      };
      const updated = slices.updated!;
      expect(updated.reduce((a, b) => a + b)).toBe(4);
      for (const [s, t] of positions.entries())
        expect(first(inputs[t]!) === targets[s], `${s}`).toBe(updated[s] === 0);
    }
  });
});

describe('compositional-recall', () => {
  it('has a grid: every first token with every second one', () => {
    for (const { inputs } of draw('compositional-recall', { pairs: 9, vocabulary: 300 }, 100)) {
      const keys = Array.from({ length: 9 }, (_, i) => [inputs[3 * i]!, inputs[3 * i + 1]!]);
      expect(new Set(keys.map((key) => key.join())).size).toBe(9);
      expect(new Set(keys.map((key) => key[0])).size).toBe(3);
      expect(new Set(keys.map((key) => key[1])).size).toBe(3);
    }
  });
});

describe('associative-recall', () => {
  it('shows a key with the same value each time, and asks a shown key', () => {
    for (const { inputs, positions } of draw('associative-recall', {}, 50)) {
      const map = new Map<number, number>();
      for (let t = 0; t < 384; t += 2) {
        expect(map.get(inputs[t]!) ?? inputs[t + 1]).toBe(inputs[t + 1]);
        map.set(inputs[t]!, inputs[t + 1]!);
      }
      expect(inputs[384]).toBe(38);
      expect(map.has(inputs[positions[0]!]!)).toBe(true);
    }
  });

  it('answers `.` for a key that was not shown, when those are asked too', () => {
    const samples = draw('associative-recall', { length: 8, query: 'any' }, 300);
    const missing = samples.filter(({ targets }) => targets[0] === 39);
    expect(missing.length).toBeGreaterThan(100);
    for (const { inputs } of missing) expect([0, 2, 4, 6].some((t) => inputs[t] === inputs[9])).toBe(false);
  });
});

describe('induction', () => {
  it('has the trigger twice, the second time at the end', () => {
    for (const { inputs, slices } of draw('induction', {}, 200)) {
      expect(Array.from(inputs).filter((token) => token === 14)).toHaveLength(2);
      expect(inputs[256]).toBe(14);
      expect(inputs[256 - slices.distance![0]!]).toBe(14);
    }
  });
});

describe('selective-copy', () => {
  it('has the items in order, the last one just before the copy sign, blanks where they are asked', () => {
    for (const { inputs, targets } of draw('selective-copy', { length: 64, items: 8 }, 100)) {
      const told = Array.from(inputs.subarray(0, 55)).filter((token) => token < 14);
      expect(told).toEqual([...targets]);
      expect(inputs[54]).toBeLessThan(14);
      expect(inputs[55]).toBe(15);
      expect(inputs.subarray(56).every((token) => token === 14)).toBe(true);
    }
  });
});

describe('noisy-recall', () => {
  it('has the share of noise that was asked for, in tokens of their own', () => {
    const samples = draw('noisy-recall', { noise: 0.4 }, 200);
    let noisy = 0;
    for (const { inputs } of samples) for (let t = 0; t < 126; t += 2) if (inputs[t]! >= 16) noisy++;
    // One of the 63 pairs before the last is never noise.
    expect(deviations(noisy, 200 * 62, 0.4)).toBeLessThan(4);
  });

  it('asks every repeated key once, or only the last one after a copy sign', () => {
    for (const { inputs, positions } of draw('noisy-recall', {}, 50)) {
      const seen = new Set<number>();
      const repeats: number[] = [];
      for (let t = 0; t < inputs.length; t += 2) {
        if (seen.has(inputs[t]!) && inputs[t]! < 8) repeats.push(t);
        seen.add(inputs[t]!);
      }
      expect([...positions]).toEqual(repeats);
    }
    for (const { inputs, positions } of draw('noisy-recall', { queries: 'last' }, 50)) {
      expect([...positions]).toEqual([127]);
      expect(inputs[126]).toBe(31);
    }
  });
});

describe('k-hop', () => {
  it('tells every link once, and answers from the middle of a chain too', () => {
    const settings = { steps: 4, hops: 2 };
    let ends = 0;
    const samples = draw('k-hop', settings, 200);
    for (const { inputs, targets } of samples) {
      const links = Array.from({ length: 16 }, (_, i) => [inputs[2 * i]!, inputs[2 * i + 1]!] as const);
      const next = new Map(links);
      expect(next.size).toBe(16);
      ends += targets.filter((node) => !next.has(node)).length;
    }
    expect(deviations(ends, 800, 1 / 3)).toBeLessThan(4);
  });

  it('tells links forward on demand, backward as well otherwise', () => {
    const backward = (order: string): number =>
      draw('k-hop', { order }, 100).filter(({ inputs }) =>
        Array.from({ length: 12 }, (_, i) => inputs.subarray(0, 2 * i).includes(inputs[2 * i + 1]!)).some(
          Boolean,
        ),
      ).length;
    expect(backward('forward')).toBe(0);
    expect(backward('any')).toBeGreaterThan(50);
  });
});

describe('fuzzy-recall', () => {
  it('keeps keys and values apart, has no token twice in a motif, and asks every value of a key shown before', () => {
    const lengths = new Set<string>();
    for (const { inputs, positions, targets } of draw('fuzzy-recall', { length: 64 }, 200)) {
      const kind = (token: number): string => (token === 15 ? 'P' : token < 7 ? 'k' : 'v');
      const text = Array.from(inputs, kind).join('');
      expect(text).toMatch(/^P*(k{1,3}v{1,3})+$/);
      const known = new Map<string, string>();
      const asked: number[] = [];
      for (const { index, 0: motif } of text.matchAll(/k+v+/g)) {
        const size = motif.indexOf('v');
        const [key, value] = [
          inputs.slice(index, index + size),
          inputs.slice(index + size, index + motif.length),
        ];
        expect([new Set(key).size, new Set(value).size]).toEqual([key.length, value.length]);
        lengths.add(`${key.length} ${value.length}`);
        if (known.has(key.join())) for (const i of value.keys()) asked.push(index + size + i - 1);
        expect(known.get(key.join()) ?? value.join()).toBe(value.join());
        known.set(key.join(), value.join());
      }
      expect([...positions]).toEqual(asked);
      expect([...targets]).toEqual(asked.map((t) => inputs[t + 1]));
    }
    expect(lengths.size).toBe(9);
  });

  it('has keys of the longest length alone on demand', () => {
    for (const { inputs } of draw('fuzzy-recall', { keys: 'longest' }, 50)) {
      const text = Array.from(inputs, (token) => (token < 7 ? 'k' : 'v')).join('');
      expect(text).toMatch(/^v*(k{3}v{1,3})+$/);
    }
  });
});

describe('compression', () => {
  it('asks for every place once, and its answer is what stood there', () => {
    for (const { inputs, positions, targets } of draw('compression', { length: 9 }, 100)) {
      const places = Array.from(positions, (t) => inputs[t]! - 16);
      expect([...places].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect([...targets]).toEqual(places.map((place) => inputs[place]));
    }
  });
});
