import { describe, expect, it } from 'vitest';
import { analyse } from '../../../eval/compare/analyse.js';
import { trainingEnd } from '../../../eval/compare/convergence.js';
import type { ResultRow } from '../../../eval/compare/contract.js';
import { Rng } from '../../../src/core/rng.js';
import { resultRow } from './rows.js';

const rng = Rng.fromSeed(1);

const curve = (scores: readonly number[]): ResultRow['curve'] =>
  scores.map((validation, i) => ({ step: 10 * (i + 1), tokens: 640 * (i + 1), validation }));

/** Ten validations: a rise, then a last fifth of three with a slope. */
const rising = (slope: number, wobble = 0): ResultRow['curve'] =>
  curve([0, 0.1, 0.2, 0.3, 0.3, 0.3, 0.3, 0.5, 0.5 + slope + wobble, 0.5 + 2 * slope]);

/** Two rules over three seeds; the second rule rises to the end. */
const rows = (learningRates: readonly number[] = [0.01, 0.01]): ResultRow[] =>
  ['first', 'second'].flatMap((rule, r) =>
    [1, 2, 3].map((seed) =>
      resultRow({
        cell: `${rule}-${seed}`,
        variant: { rule },
        seed,
        test: 0.5 + 0.01 * r + 0.001 * seed,
        learningRate: learningRates[r] ?? NaN,
        curve: rising(r === 0 ? 0 : 0.05 + 0.001 * seed, r === 0 ? 0.001 * (seed - 2) : 0),
        metric: 'accuracy',
        unit: '',
        best: 'high',
        slices: [],
        metrics: {},
      }),
    ),
  );

describe('the end of training', () => {
  it('is the mean change over the last fifth, with its interval over seeds', () => {
    const [first, second] = analyse(rows()).tasks[0]?.variants ?? [];
    expect(first?.end).toMatchObject({ seeds: 3, convergence: 'level', tokens: 6400 });
    expect(second?.end).toMatchObject({ seeds: 3, convergence: 'improving', tokens: 6400 });
    expect(second?.end?.change).toBeCloseTo(2 * 0.052, 10);
    expect(second?.end?.low).toBeGreaterThan(0.09);
  });

  it('is said of the variants, and with every verdict on one of them', () => {
    const [task] = analyse(rows()).tasks;
    expect(task?.warnings[0]).toBe(
      '1 of 2 variants was still improving at the end of training (second): what is said holds after 6,400 training tokens and may change with more.',
    );
    expect(task?.pairs[0]?.text).toMatch(/; after 6,400 training tokens, when second was still improving$/);
  });

  it('warns of one learning rate for all, but not where each cell had a choice or rates differ', () => {
    const warned = (given: ResultRow[], ratesChosen = false): boolean =>
      (analyse(given, { ratesChosen }).tasks[0]?.warnings ?? []).some((text) =>
        text.startsWith('All variants were trained with one learning rate, 0.01, '),
      );
    expect(warned(rows())).toBe(true);
    expect(warned(rows(), true)).toBe(false);
    expect(warned(rows([0.01, 0.02]))).toBe(false);
    // Scores from elsewhere have no rates.
    expect(warned(rows([0, 0]))).toBe(false);
  });

  it('counts a task that is solved as level, however steeply it rose', () => {
    const solved = curve([0, 0, 0, 0, 0, 0, 0.2, 0.4, 0.7, 1]);
    const of = (range?: readonly [number, number]) => trainingEnd([solved], { best: 'high', range, rng });
    expect(of([0, 1])?.convergence).toBe('level');
    expect(of()?.convergence).toBe('improving');
  });

  it('is not known where validation was too seldom', () => {
    expect(trainingEnd([curve([0.1, 0.2])], { best: 'high', rng })).toBeNull();
    expect(trainingEnd([], { best: 'high', rng })).toBeNull();
  });
});
