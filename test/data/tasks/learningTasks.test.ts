import { describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { canonicalForm, drawAutomaton, follow, type Automaton } from '../../../data/tasks/automaton.js';
import { leastSquares } from '../../../data/tasks/leastSquares.js';
import { batchOf, openTask, ScoreSheet, type TaskSource, tasks } from '../../../data/tasks/index.js';
import { splits } from './taskChecks.js';

/** Scores of a baseline on samples of the train split, which is drawn fastest. */
function baselineScores(source: TaskSource, baseline: string, rows: number): ScoreSheet['result'] {
  const sheet = new ScoreSheet(source);
  const size = source.shape.outputs.kind === 'classes' ? source.shape.outputs.classes : 1;
  for (let from = 0; from < rows; from++) {
    const batch = batchOf(source, { split: 'train', from, batchSize: 1 });
    const predictions = new Float32Array(batch.scored.perSequence * size);
    for (const [s, p] of source.baselines![baseline]!(source.sample('train', from)).entries())
      predictions.set(p, s * size);
    sheet.add(batch, predictions);
  }
  return sheet.result;
}

describe('linear-regression', () => {
  const errors: readonly (readonly [string, (d: number, n: number) => number])[] = [
    ['least squares', (d, n) => Math.max(0, 1 - n / d)],
    ['one gradient step', (d, n) => (d + 1) / (n + d + 1)],
    ['one pass of the delta rule', (d, n) => (1 - 1 / d) ** n],
  ];

  it.each(errors)('in turns: %s has its exact error after n examples', (name, exact) => {
    const d = 8;
    const source = openTask(tasks['linear-regression']!, { dims: d, examples: 17, layout: 'turns' }, 4);
    const { slices } = baselineScores(source, name, 800)['squared-error']!;
    for (const n of [0, 4, 8, 16])
      expect(Math.abs(slices.examples![n]!.mean - exact(d, n)), `n = ${n}`).toBeLessThan(0.08);
  });

  it('with noise has ridge regression: the closed form of one coordinate, and better than the others', () => {
    const [examples, noise] = [5, 0.5];
    const one = openTask(tasks['linear-regression']!, { dims: 1, examples, noise }, 4);
    const sample = one.sample('train', 0);
    const { inputs } = sample;
    let [xy, xx] = [0, noise ** 2];
    for (let i = 0; i < examples; i++) {
      xy += inputs[2 * i]! * inputs[2 * i + 1]!;
      xx += inputs[2 * i]! ** 2;
    }
    const [got] = one.baselines!['ridge regression']!(sample);
    expect(got![0]).toBeCloseTo((xy / xx) * inputs[2 * examples]!, 5);
    const source = openTask(tasks['linear-regression']!, { dims: 4, examples: 6, noise }, 4);
    const [ridge, ...others] = ['ridge regression', 'least squares', 'one gradient step'].map(
      (name) => baselineScores(source, name, 800)['squared-error']!.mean,
    );
    for (const other of others) expect(ridge).toBeLessThan(other);
    expect(openTask(tasks['linear-regression']!, {}, 4).baselines).not.toHaveProperty('ridge regression');
  });

  it.each(errors)('joined: %s has its exact error', (name, exact) => {
    const source = openTask(tasks['linear-regression']!, { dims: 20, examples: 10 }, 4);
    const { mean } = baselineScores(source, name, 800)['squared-error']!;
    expect(Math.abs(mean - exact(20, 10))).toBeLessThan(0.08);
  });

  it('joined tokens are [x, y] and the query [x, 0]; in turns they are x and [y, 0, ...]', () => {
    const joined = openTask(tasks['linear-regression']!, { dims: 2, examples: 3 }, 1).sample('train', 0);
    expect(joined.inputs).toHaveLength(4 * 3);
    expect(joined.inputs[11]).toBe(0);
    expect(joined.inputs[2]).not.toBe(0);
    const turns = openTask(tasks['linear-regression']!, { dims: 2, examples: 3, layout: 'turns' }, 1).sample(
      'train',
      0,
    );
    expect([...turns.positions]).toEqual([0, 2, 4]);
    for (const [s, y] of turns.targets.entries())
      expect([...turns.inputs.subarray(4 * s + 2, 4 * s + 4)]).toEqual([y, 0]);
  });

  it('zeroed coordinates are 0 and do not count', () => {
    const source = openTask(tasks['linear-regression']!, { dims: 5, zeroed: 3, examples: 2 }, 1);
    const { inputs } = source.sample('train', 0);
    expect(inputs.filter((x) => x === 0)).toHaveLength(3 * 3 + 1);
    expect(source.shape.inputs).toEqual({ kind: 'real', width: 6 });
  });

  it('noise is in chance, and the inputs then do not tell the label', () => {
    const source = openTask(tasks['linear-regression']!, { dims: 4, examples: 8, noise: 2 }, 1);
    expect(source.metrics[0]!.chance({ target: 0, accepted: new Int32Array(0) }, source.shape)).toBe(2);
    expect(source.solve(source.sample('train', 0))).toEqual([undefined]);
  });

  it('least squares meets the normal equations, with fewer and more rows than columns and with equal rows', () => {
    const rng = Rng.fromSeed(5);
    for (const [n, d] of [
      [2, 4],
      [4, 4],
      [9, 4],
    ] as const) {
      const xs = Array.from({ length: n }, () => Float64Array.from(rng.normals(d)));
      xs.push(xs[0]!);
      const ys = xs.map(() => rng.normal());
      const w = leastSquares(xs, ys);
      const residual = xs.map((x, i) => ys[i]! - x.reduce((sum, v, j) => sum + v * w[j]!, 0));
      for (let j = 0; j < d; j++)
        expect(Math.abs(xs.reduce((sum, x, i) => sum + x[j]! * residual[i]!, 0))).toBeLessThan(1e-9);
    }
  });
});

describe('icll', () => {
  const law = { symbols: 18, minStates: 4, maxStates: 12, minSymbols: 4, maxEdges: 3 };

  it('draws automata by the published law', () => {
    const rng = Rng.fromSeed(6);
    for (let i = 0; i < 300; i++) {
      const automaton = drawAutomaton(rng, law);
      const states = automaton.next.length / 18;
      expect(states).toBeGreaterThanOrEqual(4);
      expect(states).toBeLessThanOrEqual(12);
      for (let state = 0; state < states; state++) {
        const after = [...automaton.next.subarray(state * 18, (state + 1) * 18)].filter((to) => to >= 0);
        expect(after.length).toBeGreaterThanOrEqual(1);
        expect(after.length).toBeLessThanOrEqual(3);
        expect(new Set(after).size).toBe(after.length);
        expect(after).not.toContain(state);
      }
    }
  });

  it('knows automata with the same strings by one form', () => {
    const rng = Rng.fromSeed(7);
    for (let i = 0; i < 100; i++) {
      const automaton = drawAutomaton(rng, law);
      expect(canonicalForm(twice(automaton))).toEqual(canonicalForm(automaton));
      const minimal = { symbols: 18, next: canonicalForm(automaton) };
      expect(canonicalForm(minimal)).toEqual(minimal.next);
      const other = drawAutomaton(rng, law);
      expect(canonicalForm(other).join()).not.toBe(canonicalForm(automaton).join());
    }
  });

  it('minimal automata have the strings of the drawn ones', () => {
    const rng = Rng.fromSeed(8);
    for (let i = 0; i < 200; i++) {
      const automaton = drawAutomaton(rng, law);
      const minimal: Automaton = { symbols: 18, next: canonicalForm(automaton) };
      let [a, b] = [0, 0];
      for (let step = 0; step < 30; step++) {
        const valid = Array.from({ length: 18 }, (_, s) => s).filter((s) => follow(automaton, a, s) >= 0);
        expect(valid).toEqual(
          Array.from({ length: 18 }, (_, s) => s).filter((s) => follow(minimal, b, s) >= 0),
        );
        const symbol = valid[rng.below(valid.length)]!;
        [a, b] = [follow(automaton, a, symbol), follow(minimal, b, symbol)];
      }
    }
  });

  it('gives no split an automaton of another', () => {
    const source = openTask(tasks.icll!, { length: 32 }, 1);
    const owner = new Map<string, string>();
    for (const split of splits)
      for (let i = 0; i < 200; i++) {
        const form = source.sample(split, i).identity!.join();
        expect(owner.get(form) ?? split).toBe(split);
        owner.set(form, split);
      }
  });

  it('accepts what comes next, the target among it, and scores no separator', () => {
    const source = openTask(tasks.icll!, {}, 2);
    for (let i = 0; i < 50; i++) {
      const { inputs, positions, targets, accepted } = source.sample('test', i);
      for (const [s, t] of positions.entries()) {
        expect(accepted![s]).toContain(targets[s]);
        expect(accepted![s]!.length).toBeLessThanOrEqual(3);
        if (positions[s + 1] === t + 1) expect(inputs[t + 1]).toBe(targets[s]);
      }
      expect(positions.length).toBeGreaterThan(10);
    }
  });

  const published = [
    ['2-gram', 0.336, 0.834],
    ['3-gram', 0.265, 0.937],
  ] as const;
  it.each(published)(
    'the in-context %s scores near the published TVD %f and accuracy %f',
    (name, tvd, acc) => {
      const result = baselineScores(openTask(tasks.icll!, {}, 3), name, 100);
      expect(Math.abs(result.tvd!.mean - tvd)).toBeLessThan(0.02);
      expect(Math.abs(result.accuracy!.mean - acc)).toBeLessThan(0.02);
    },
  );
});

/** The same automaton with a copy of every state, each edge leading to one of the two copies in turn. */
function twice({ symbols, next }: Automaton): Automaton {
  const states = next.length / symbols;
  const copy = (offset: number) => next.map((to, i) => (to < 0 ? -1 : ((i + offset) % 2) * states + to));
  return { symbols, next: Int32Array.of(...copy(0), ...copy(1)) };
}

describe('icl-classification', () => {
  const settings = { classes: 64, labels: 8, pairs: 8, places: 12, width: 31 };
  const copiesOf = (extra: Record<string, string | number>): number[] => {
    const source = openTask(tasks['icl-classification']!, { ...settings, ...extra }, 1);
    return Array.from({ length: 100 }, (_, i) => source.sample('train', i).slices.copies![0]!);
  };

  it('copies the class asked by the burstiness; never in weights', () => {
    expect(Math.min(...copiesOf({ burstiness: 4 }))).toBeGreaterThanOrEqual(4);
    expect(copiesOf({ query: 'in-context', burstiness: 2 }).every((copies) => copies === 2)).toBe(true);
    expect(Math.min(...copiesOf({ query: 'permuted' }))).toBeGreaterThanOrEqual(2);
    expect(Math.max(...copiesOf({ query: 'in-weights' }))).toBe(0);
    const half = copiesOf({ burstyShare: 0.5 }).filter((copies) => copies >= 2).length;
    expect(half).toBeGreaterThan(30);
    expect(half).toBeLessThan(80);
  });

  it('marks the place of each token, from a random first place on', () => {
    const source = openTask(tasks['icl-classification']!, settings, 1);
    const shifts = new Set<number>();
    for (let i = 0; i < 60; i++) {
      const { inputs } = source.sample('train', i);
      const places = Array.from({ length: 17 }, (_, t) => inputs.subarray(t * 56, t * 56 + 25).indexOf(1));
      expect(places).toEqual(Array.from({ length: 17 }, (_, t) => places[0]! + t));
      shifts.add(places[0]!);
    }
    expect(shifts.size).toBe(2 * 12 - 2 * 8 + 1);
  });

  it('has the classes and labels of its seed in all splits and test sets', () => {
    const answer = (query: string, split: 'train' | 'test') => {
      const source = openTask(tasks['icl-classification']!, { ...settings, query }, 1);
      const other = openTask(tasks['icl-classification']!, { ...settings, query: 'in-weights' }, 1);
      const sample = source.sample(split, 0);
      return [other.solve(sample)[0], Int32Array.of(sample.targets[0]!)];
    };
    for (const split of ['train', 'test'] as const) {
      const [own, target] = answer('mixed', split);
      expect(own).toEqual(target);
    }
  });

  it('draws classes by rank^-alpha', () => {
    const source = openTask(
      tasks['icl-classification']!,
      { ...settings, alpha: 2, burstiness: 0, query: 'mixed' },
      1,
    );
    const n = 600;
    // Class 0 has chance 1 / sum k^-2 over 64 classes; its label is 0, shared by classes 8, 16, ...
    const weights = Array.from({ length: 64 }, (_, k) => (k + 1) ** -2);
    const total = weights.reduce((a, b) => a + b);
    const p = weights.filter((_, k) => k % 8 === 0).reduce((a, b) => a + b) / total;
    const hits = Array.from({ length: n }, (_, i) => source.sample('train', i).targets[0]).filter(
      (y) => y === 0,
    ).length;
    expect(Math.abs(hits - n * p)).toBeLessThan(4 * Math.sqrt(n * p * (1 - p)));
  });
});
