import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, NonFiniteError, ShapeError } from '../../../src/core/errors.js';
import type { Params } from '../../../src/core/params.js';
import {
  batchOf,
  openTask,
  resolveSettings,
  ScoreSheet,
  sliceLabel,
  type Task,
  taskBatch,
  tasks,
} from '../../../data/tasks/index.js';
import { formFaults, oracle } from './taskChecks.js';

const all = Object.values(tasks);
const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return '';
};

/** Settings near the small end of each range, right or wrong. */
function anySettings(task: Task): fc.Arbitrary<Params> {
  const fields: Record<string, fc.Arbitrary<number | string>> = {};
  for (const [name, spec] of Object.entries(task.settings)) {
    const [low, high] = spec.range ?? [0, 0];
    if (typeof spec.default === 'string') fields[name] = fc.constantFrom(...(spec.choices ?? []));
    else if (spec.real) fields[name] = fc.double({ min: low, max: Math.min(high, low + 1), noNaN: true });
    else fields[name] = fc.integer({ min: low, max: Math.min(high, low + 40) });
  }
  // Keys that are left out are absent, not undefined, which the type of fc.record does not tell.
  const some = fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Params>;
  return some.map((given) => ({ ...task.presets.smoke.settings, ...given }));
}

describe('settings', () => {
  it.each(all.map((task) => [task.name, task] as const))(
    'of %s either give well formed samples or a ConfigError',
    (_name, task) => {
      let opened = 0;
      fc.assert(
        fc.property(anySettings(task), fc.nat(1000), (settings, seed) => {
          try {
            const source = openTask(task, settings, seed);
            expect(formFaults(source, source.sample('train', 0))).toEqual([]);
            opened++;
          } catch (error) {
            if (!(error instanceof ConfigError)) throw error;
            expect(error.message).toMatch(/expected .+, got .+/);
          }
        }),
        { numRuns: 150, seed: 4 },
      );
      expect(opened).toBeGreaterThan(0);
    },
  );

  it.each(all.map((task) => [task.name, task] as const))(
    'of %s never throw anything else on any JSON',
    (_n, task) => {
      fc.assert(
        fc.property(
          fc.dictionary(
            fc.oneof(fc.string(), fc.constantFrom(...Object.keys(task.settings))),
            fc.jsonValue(),
          ),
          (given) => {
            try {
              // The point is what happens to values of wrong types.
              resolveSettings(task, given as Params);
            } catch (error) {
              expect(error).toBeInstanceOf(ConfigError);
            }
          },
        ),
        { numRuns: 100, seed: 5 },
      );
    },
  );

  const faults: readonly (readonly [string, Params, string])[] = [
    [
      'mqar',
      { pair: 3 },
      "tasks.mqar: expected one of vocabulary | length | powerA | filler | pairs, got 'pair'; did you mean 'pairs'?",
    ],
    [
      'mqar',
      { pairs: 17 },
      'tasks.mqar: expected length of at least 4 x pairs = 68, got 64; lengthen it or take fewer pairs',
    ],
    ['mqar', { length: 65 }, 'tasks.mqar: expected an even length, got 65; take 66'],
    [
      'mqar',
      { vocabulary: 64 },
      'tasks.mqar: expected a vocabulary larger than length 64, got 64; take more tokens',
    ],
    ['mqar', { pairs: 2.5 }, 'tasks.mqar.pairs: expected a whole number, got 2.5; round it'],
    ['mqar', { filler: 'none' }, "tasks.mqar.filler: expected one of random | zero, got 'none'"],
    ['forgetting-mqar', { updates: 9 }, 'expected updates of at most pairs 8, got 9; take fewer'],
    ['compositional-recall', { pairs: 5 }, 'expected a square number of pairs, got 5; take 4'],
    ['associative-recall', { length: 7 }, 'expected an even length, got 7; each pair is two tokens'],
    [
      'selective-copy',
      { items: 128 },
      'expected length of more than 2 x items + 1 = 257, got 256; lengthen it or copy fewer',
    ],
    [
      'noisy-recall',
      { vocabulary: 17 },
      'expected a vocabulary of at least 18 beside 16 of noise, got 17; enlarge it',
    ],
    ['k-hop', { hops: 4 }, 'expected hops of at most steps 3, got 4; lengthen the chains'],
    ['linear-regression', { zeroed: 8 }, 'expected zeroed below dims 8, got 8; keep one coordinate'],
    ['icll', { maxEdges: 4 }, 'expected maxEdges of at most minStates - 1 = 3, got 4; lower it'],
    ['icl-classification', { classes: 33 }, 'expected classes as a multiple of labels 32, got 33; take 64'],
    ['parity', { minLength: 41 }, 'expected minLength of at most maxLength 40, got 41; lower it'],
  ];
  it.each(faults)('of %s with %j are told apart', (name, settings, message) => {
    expect(messageOf(() => openTask(tasks[name]!, settings, 1))).toContain(message);
  });

  it('all faults come in one message', () => {
    const message = messageOf(() => openTask(tasks.mqar!, { length: 63, vocabulary: 60 }, 1));
    expect(message.split('\n')).toHaveLength(2);
  });

  it('say so when they leave no sample for a split', () => {
    const source = openTask(tasks.parity!, { minLength: 1, maxLength: 1 }, 1);
    const messages = (['train', 'validation', 'test'] as const).map((s) =>
      messageOf(() => source.sample(s, 0)),
    );
    expect(
      messages.some((m) => m.includes('expected settings with samples enough for three splits, got none')),
    ).toBe(true);
  });

  it('refuse an index or a number of rows that is none', () => {
    const source = openTask(tasks.parity!, {}, 1);
    expect(() => source.sample('train', -1)).toThrow(
      'tasks.parity: expected a sample index from 0, got -1; count from 0',
    );
    expect(() => batchOf(source, { split: 'train', from: 0, batchSize: 0 })).toThrow(
      'taskBatch: expected at least 1 row, got 0',
    );
    expect(() => taskBatch(tasks.parity!, {}, { seed: 1, split: 'train', from: 0.5, batchSize: 1 })).toThrow(
      ConfigError,
    );
  });
});

describe('score sheet', () => {
  const source = openTask(tasks.mqar!, tasks.mqar!.presets.smoke.settings, 1);

  it('splits a mean by slices whose counts add up, and tells each sample', () => {
    const sheet = new ScoreSheet(source);
    for (const from of [0, 8]) {
      const batch = batchOf(source, { split: 'test', from, batchSize: 8 });
      const predictions = oracle(source, batch);
      if (from === 8) predictions.fill(0).forEach((_, i) => (predictions[i] = i % 64 === 0 ? 1 : 0));
      sheet.add(batch, predictions);
    }
    const { accuracy } = sheet.result;
    expect(accuracy!.mean).toBe(0.5);
    expect(accuracy!.n).toBe(64);
    expect(accuracy!.samples).toEqual([...Array<number>(8).fill(1), ...Array<number>(8).fill(0)]);
    for (const bins of Object.values(accuracy!.slices))
      expect(Object.values(bins).reduce((sum, bin) => sum + bin.n, 0)).toBe(64);
    expect(Object.keys(accuracy!.slices.pairs!)).toEqual(['4']);
    expect(Object.keys(accuracy!.slices.distance!)).toEqual(
      Object.keys(accuracy!.slices.distance!).sort((a, b) => parseInt(a) - parseInt(b)),
    );
  });

  it('gives a tie its share of the right ones', () => {
    const sheet = new ScoreSheet(source);
    const batch = batchOf(source, { split: 'test', from: 0, batchSize: 1 });
    sheet.add(batch, new Float32Array(batch.scored.positions.length * 64));
    expect(sheet.result.accuracy!.mean).toBeCloseTo(1 / 64, 6);
    expect(sheet.result.accuracy!.chance).toBeCloseTo(1 / 32, 6);
  });

  it('refuses predictions of another size and NaN', () => {
    const batch = batchOf(source, { split: 'test', from: 0, batchSize: 1 });
    expect(() => new ScoreSheet(source).add(batch, new Float32Array(3))).toThrow(ShapeError);
    const predictions = oracle(source, batch);
    predictions[5] = NaN;
    expect(() => new ScoreSheet(source).add(batch, predictions)).toThrow(NonFiniteError);
  });

  it('names octaves', () => {
    const spec = { doc: '', by: 'octave' } as const;
    expect([0, 1, 2, 3, 4, 7, 8, 1000].map((v) => sliceLabel(spec, v))).toEqual([
      '0',
      '1',
      '2-3',
      '2-3',
      '4-7',
      '4-7',
      '8-15',
      '512-1023',
    ]);
  });
});
