import { describe, expect, it } from 'vitest';
import type { GridPlan } from '../../experiments/plan.js';
import { exitOfCells } from '../../cli/gridRun.js';
import { cellLines, resultRows } from '../../experiments/rows.js';
import { summariseRecall } from '../../experiments/recallSummary.js';
import type { CellOutcome, GroupOutcome, TestResult, TrainResult } from '../../experiments/grid/contract.js';
import type { SampleScores, TestScore } from '../../train/tasks/contract.js';

const cost = { parameters: 10, stateBytes: 4, flopsPerToken: 20 };
const metric = { metric: 'accuracy', unit: '', best: 'high' } as const;

/** A grid of one cell a seed. */
function planOf(seeds: readonly number[]): GridPlan {
  return {
    task: 'toy',
    cells: seeds.map((seed) => ({
      cell: { kind: 'task', config: {} },
      id: `cell-${seed}`,
      task: 'toy',
      metric: { metric: 'points', unit: '', best: 'high' } as const,
      variant: { rule: 'delta', gate: 'none' },
      seed,
      learningRate: 0.1,
      cost,
    })),
    notes: [],
  };
}

function trainedCell(seed: number): CellOutcome {
  const trained: TrainResult = {
    status: 'done',
    ...metric,
    validation: 0.5,
    curve: [],
    steps: 1,
    tokens: 8,
    seconds: 1,
    tokensPerSecond: 8,
    parameters: 10,
  };
  return { cell: { kind: 'task', config: {} }, id: `cell-${seed}`, folder: '.', trained };
}

function testedGroup(seed: number, tested: TestResult): GroupOutcome {
  const chosen = trainedCell(seed);
  return { cells: [chosen], chosen, tested };
}

const all = (...sums: number[]): SampleScores => ({ sums, counts: sums.map(() => 1) });

function testScore(bins: readonly string[]): TestScore {
  return {
    part: 'all',
    settings: {},
    metric: 'accuracy',
    unit: '',
    best: 'high',
    perfect: 1,
    chance: 0.1,
    n: 2,
    mean: 0.5,
    bySample: all(0, 1),
    slices: bins.map((key) => ({
      slice: 'age',
      key,
      chance: 0.1,
      n: 2,
      mean: 0.5,
      bySample: { ...all(0, 1), index: [0, 1] },
    })),
    baselines: [{ name: 'guess', mean: 0.5, bySample: all(1, 0) }],
  };
}

const done = (...bins: string[]): TestResult => {
  return { status: 'done', test: 0.5, metrics: {}, slices: [], details: [testScore(bins)] };
};
const lost = { status: 'failed', reason: 'no memory' } as const satisfies TestResult;

describe('cells of a grid', () => {
  it('with a test that failed have no result, and a grid of nothing else has none', () => {
    const [plan, groups] = [planOf([1]), [testedGroup(1, lost)]];
    const lines = cellLines(plan, groups);
    expect(lines).toEqual([
      {
        cell: 'cell-1',
        task: 'toy',
        variant: { rule: 'delta', gate: 'none' },
        seed: 1,
        learningRate: 0.1,
        status: 'failed',
        reason: 'test: no memory',
        validation: 0.5,
        chosen: true,
      },
    ]);
    expect(exitOfCells(lines)).toBe(1);
    expect(resultRows(plan, groups)[0]).toMatchObject({ status: 'failed', reason: 'no memory', test: null });
    expect(exitOfCells(cellLines(plan, [testedGroup(1, { status: 'diverged', reason: 'NaN' })]))).toBe(4);
    expect(exitOfCells(cellLines(plan, [testedGroup(1, done())]))).toBe(0);
    const alike = (code: string): TestResult => ({ ...lost, code });
    const exitWith = (...codes: readonly string[]): number =>
      exitOfCells(
        cellLines(
          planOf(codes.map((_, i) => i + 1)),
          codes.map((code, i) => testedGroup(i + 1, alike(code))),
        ),
      );
    expect([exitWith('CHECKPOINT', 'DATA'), exitWith('PLUG_IN'), exitWith('DATA', 'PLUG_IN')]).toEqual([
      3, 2, 1,
    ]);
    const spare = { ...testedGroup(1, lost), cells: [trainedCell(1), trainedCell(2)] };
    expect(exitOfCells(cellLines(planOf([1, 2]), [spare]))).toBe(1);
  });
});

describe('summariseRecall', () => {
  it('has the baselines of every part, also of one that only a later model was tested on', () => {
    const other: TestResult = {
      status: 'done',
      test: 0.5,
      metrics: {},
      slices: [],
      details: [{ ...testScore([]), part: 'longer' }],
    };
    const { scores } = summariseRecall(planOf([1, 2]), [testedGroup(1, done()), testedGroup(2, other)]);
    const guesses = scores.filter(({ kind }) => kind === 'baseline');
    expect(guesses.map(({ part, model, mean }) => [part, model, mean])).toEqual([
      ['all', 'guess', 0.5],
      ['longer', 'guess', 0.5],
    ]);
  });

  it('keeps baselines where the first cell has no result', () => {
    const summary = summariseRecall(planOf([1, 2]), [testedGroup(1, lost), testedGroup(2, done())]);
    expect(summary.scores.map(({ model, kind, seeds }) => [model, kind, seeds])).toEqual([
      ['delta', 'model', 1],
      ['guess', 'baseline', 1],
    ]);
    expect(summary.cells.map(({ status }) => status)).toEqual(['failed', 'done']);
  });

  it('keeps slices that the first seed has no sample of', () => {
    const groups = [testedGroup(1, done('1')), testedGroup(2, done('1', '2-3')), testedGroup(3, done('1'))];
    const { scores } = summariseRecall(planOf([1, 2, 3]), groups);
    expect(scores.map(({ model, key, seeds }) => [model, key, seeds])).toEqual([
      ['delta', null, 3],
      ['delta', '1', 3],
      ['delta', '2-3', 1],
      ['guess', null, 1],
    ]);
  });
});
