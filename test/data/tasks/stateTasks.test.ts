import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { openTask, splitOf, tasks, type TaskSplit } from '../../../data/tasks/index.js';
import { splits } from './taskChecks.js';

describe('parity', () => {
  it('keeps splits apart by content even where all strings are drawn again and again', () => {
    const source = openTask(tasks.parity!, { minLength: 6, maxLength: 6 }, 1);
    const owner = new Map<string, TaskSplit>();
    for (const split of splits)
      for (let i = 0; i < 600; i++) {
        const sample = source.sample(split, i);
        expect(splitOf(sample)).toBe(split);
        const bits = sample.inputs.join('');
        expect(owner.get(bits) ?? split).toBe(split);
        owner.set(bits, split);
      }
    expect(owner.size).toBe(64);
  });

  it('draws each length alike and pads behind', () => {
    const source = openTask(tasks.parity!, {}, 1);
    const counts = new Array<number>(41).fill(0);
    const n = 3800;
    for (let i = 0; i < n; i++) {
      const { inputs, positions } = source.sample('train', i);
      const bits = positions[0]! + 1;
      counts[bits]!++;
      expect(inputs.subarray(0, bits).every((token) => token === 1 || token === 2)).toBe(true);
      expect(inputs.subarray(bits).every((token) => token === 0)).toBe(true);
    }
    // Of the few strings of 3 to 5 bits, the share of the train split is not an even 6/8.
    for (let bits = 8; bits <= 40; bits++) expect(Math.abs(counts[bits]! - 100)).toBeLessThan(45);
    expect(counts[0]! + counts[1]! + counts[2]!).toBe(0);
  });

  it('asks after every bit on demand', () => {
    const sample = openTask(tasks.parity!, { answers: 'every' }, 1).sample('train', 0);
    let odd = 0;
    for (const [s, t] of sample.positions.entries()) {
      odd = (odd + sample.inputs[t]! - 1) % 2;
      expect(sample.targets[s]).toBe(1 + odd);
    }
  });
});

describe.each([
  ['s3', 6, 3, 2],
  ['s4', 24, 6, 2],
  ['a5', 60, 20, 3],
  ['s5', 120, 10, 2],
] as const)('%s', (name, size, swaps, order) => {
  /** The product of two letters, as a row of two tells it. */
  const products = new Map<string, number>();
  const source = openTask(tasks[name]!, { length: 2 }, 1);
  // All three splits together draw two thirds of the products and more.
  for (const split of splits)
    for (let i = 0; i < 200 + (size * size) / 2; i++) {
      const { inputs, targets } = source.sample(split, i);
      products.set(inputs.join(), targets[1]!);
      expect(targets[0]).toBe(inputs[0]);
    }

  it('has the law of a group: letter 0 changes nothing, and order matters', () => {
    const known = [...products];
    expect(known.length).toBeGreaterThan(0.5 * size * size);
    let different = 0;
    for (const [word, product] of known) {
      const [a, b] = word.split(',').map(Number) as [number, number];
      if (a === 0) expect(product).toBe(b);
      if (b === 0) expect(product).toBe(a);
      const turned = products.get(`${b},${a}`);
      if (turned !== undefined && turned !== product) different++;
    }
    expect(different).toBeGreaterThan(0);
  });

  it('is a Latin square: a letter takes no two elements to one', () => {
    const seen = new Set<string>();
    for (const [word, product] of products) {
      const [a, b] = word.split(',') as [string, string];
      for (const place of [`left ${a} ${product}`, `right ${b} ${product}`]) {
        expect(seen.has(place)).toBe(false);
        seen.add(place);
      }
    }
  });

  it('has only the smallest moves as letters on demand, each as often as its order nothing at all', () => {
    const only = openTask(tasks[name]!, { length: 64, swapShare: 1 }, 1);
    const letters = new Set<number>();
    for (let i = 0; i < 20; i++) for (const letter of only.sample('train', i).inputs) letters.add(letter);
    expect(letters.size).toBe(swaps);
    const word = (letter: number): number =>
      Array.from({ length: order - 1 }).reduce<number>(
        (product) => products.get(`${product},${letter}`) ?? NaN,
        letter,
      );
    const known = [...letters].map(word).filter((product) => !Number.isNaN(product));
    expect(known.length).toBeGreaterThan(0);
    expect(new Set(known)).toEqual(new Set([0]));
  });

  it('draws a share of the letters from the smallest moves and the others from all', () => {
    const share = 0.6;
    const lettersOf = (swapShare: number): number[] => {
      const task = openTask(tasks[name]!, { length: 64, swapShare }, 1);
      return Array.from({ length: 100 }, (_, i) => [...task.sample('train', i).inputs]).flat();
    };
    const smallest = new Set(lettersOf(1));
    const mixed = lettersOf(share);
    const expected = share + ((1 - share) * swaps) / size;
    const found = mixed.filter((letter) => smallest.has(letter)).length / mixed.length;
    // Four standard errors of a share over 6,400 letters.
    expect(Math.abs(found - expected)).toBeLessThan(
      4 * Math.sqrt((expected * (1 - expected)) / mixed.length),
    );
    expect(new Set(mixed).size).toBe(size);
  });
});

describe('modular-arithmetic', () => {
  it('has the value that JavaScript gives the expression', () => {
    const source = openTask(tasks['modular-arithmetic']!, { answers: 'every', maxNumbers: 12 }, 1);
    let products = 0;
    for (let i = 0; i < 300; i++) {
      const { inputs, positions, targets } = source.sample('train', i);
      for (const [s, position] of positions.entries()) {
        const text = Array.from(inputs.subarray(0, position + 1), (token) =>
          token < 5 ? token : '+-*'[token - 5],
        );
        products += text.filter((sign) => sign === '*').length;
        const value: unknown = runInNewContext(text.join(' '));
        expect(((Number(value) % 5) + 5) % 5).toBe(targets[s]);
      }
    }
    expect(products).toBeGreaterThan(1000);
  });
});

describe('memorisation', () => {
  const valuesOf = (seed: number): Map<number, number> => {
    const source = openTask(tasks.memorisation!, { vocabulary: 64 }, seed);
    const found = new Map<number, number>();
    for (const split of splits)
      for (let i = 0; i < 60; i++) {
        const { inputs, positions, targets } = source.sample(split, i);
        for (const [s, position] of positions.entries()) {
          const key = inputs[position - 1]!;
          expect(found.get(key) ?? targets[s]).toBe(targets[s]);
          found.set(key, targets[s]!);
        }
      }
    return found;
  };

  it('has one map for all rows and splits of a seed, another for another', () => {
    const [one, other] = [valuesOf(1), valuesOf(2)];
    expect([one.size, new Set(one.values()).size]).toEqual([31, 31]);
    expect([...one].filter(([key, value]) => other.get(key) === value).length).toBeLessThan(10);
  });
});
