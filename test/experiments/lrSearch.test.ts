import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cellHash } from '../../experiments/grid/cellHash.js';
import { shareSets, type Searchable, type SearchResult } from '../../experiments/lrSearch.js';
import { planGrid, type GridPlan } from '../../experiments/plan.js';
import type { PlannedCell } from '../../experiments/subject.js';
import { resultRows } from '../../experiments/rows.js';
import { runPlan, type RunPlanOptions } from '../../experiments/runPlan.js';
import { ConfigError } from '../../src/core/errors.js';
import { temporaryFolder } from '../support/folder.js';
import { MICRO_SETTINGS } from '../cli/microTask.js';
import { toyCell } from './grid/toyKind.js';
import { toyWorker } from './grid/toyWorkerEntry.js';

const home = temporaryFolder();
const metric = { metric: 'points', unit: 'points', best: 'high' } as const;
const cost = { parameters: 0, stateBytes: 0, flopsPerToken: 0 };
const worker = toyWorker(home);

/** Toys are best on validation at the rate 0.1; their steps tell variants and shares apart. */
function toy(rule: string, steps: number, rate: number, seed: number, share = 1): PlannedCell {
  const cell = toyCell({ steps: steps + Math.round(16 * share), rate, seed });
  const place = { task: 'toy', metric, variant: { rule }, seed, learningRate: rate, cost };
  return { cell, id: cellHash(cell), ...place };
}

const rateOf = (sets: readonly string[]): number => Number(sets[0]?.split('=')[1]);

function searching(rates: readonly number[], rules: Readonly<Record<string, number>>): GridPlan {
  const subjects = Object.entries(rules).map(([rule, steps]): Searchable => ({
    task: 'toy',
    variant: { rule },
    best: 'high',
    rate: 1,
    cell: (sets, share) => Promise.resolve(toy(rule, steps, rateOf(sets), 1, share)),
  }));
  const cellsAt = (chosen: readonly (readonly string[])[]): PlannedCell[] =>
    Object.entries(rules).flatMap(([rule, steps], i) =>
      [1, 2].map((seed) => toy(rule, steps, rateOf(chosen[i] ?? ['x=1']), seed)),
    );
  const cells = (chosen: readonly (readonly string[])[]) => Promise.resolve(cellsAt(chosen));
  return { task: 'toy', cells: cellsAt([]), notes: [], search: { request: { rates }, subjects, cells } };
}

async function run(plan: GridPlan, out: string, rest: Partial<RunPlanOptions> = {}) {
  const outcome = await runPlan(plan, { out: join(home, out), worker, jobs: 2, ...rest });
  if (outcome.type !== 'done') throw new Error('expected the grid to end');
  const rows = resultRows(outcome.plan, outcome.groups);
  // The cast: the file of the search, whose fields are checked below.
  const kept = JSON.parse(readFileSync(join(home, out, 'search.json'), 'utf8')) as SearchResult;
  return { rows, kept, notes: outcome.facts.notes, searched: outcome.plan.searched };
}

describe('the search of learning rates', () => {
  it('halves by validation, keeps its choice, and gives it to all seeds', async () => {
    const { rows, kept, notes, searched } = await run(
      searching([0.01, 0.1, 1, 10], { a: 0, b: 20 }),
      'plain',
    );
    expect(
      rows.map(({ variant, seed, learningRate, status }) => [variant.rule, seed, learningRate, status]),
    ).toEqual([
      ['a', 1, 0.1, 'done'],
      ['a', 2, 0.1, 'done'],
      ['b', 1, 0.1, 'done'],
      ['b', 2, 0.1, 'done'],
    ]);
    expect(kept).toEqual(searched);
    const tried = kept.trials.filter(({ variant }) => variant.rule === 'a');
    expect(tried.map(({ share, learningRate }) => [share, learningRate])).toEqual([
      ...[0.01, 0.1, 1, 10].map((rate) => [1 / 16, rate]),
      // Of 0.01 and 1, which are as good, the one goes on that is nearer to the rate of the config.
      ...[0.1, 1].map((rate) => [1 / 8, rate]),
      [1 / 4, 0.1],
    ]);
    expect(kept.choices).toEqual(
      ['a', 'b'].map((rule) => ({ task: 'toy', variant: { rule }, learningRate: 0.1, atEdge: false })),
    );
    expect(notes).toEqual([]);
    const again = await run(searching([0.01, 0.1, 1, 10], { a: 0, b: 20 }), 'plain');
    expect([again.rows, again.kept]).toEqual([rows, kept]);
  });

  it('goes on beyond the end of the grid where the best is there, and says when it still is', async () => {
    const widened = await run(searching([1, 10, 100], { a: 0 }), 'wide');
    expect(widened.kept.choices).toMatchObject([{ learningRate: 0.1, atEdge: false }]);
    expect(widened.kept.trials.map(({ learningRate }) => learningRate).slice(-2)).toEqual([0.1, 0.01]);
    const far = await run(searching([1e5, 1e6, 1e7], { a: 0 }), 'far');
    expect(far.kept.choices).toMatchObject([{ learningRate: 100, atEdge: true }]);
    expect(far.notes).toEqual([
      'a on toy: the best learning rate, 100, is at the edge of those searched; a rate beyond it may be better.',
    ]);
  });

  it('refuses other rates than those that a test was spent on', async () => {
    const other = searching([1e4, 1e5], { a: 0, b: 20 });
    await expect(run(other, 'plain')).rejects.toThrow('the test split is touched once');
  });

  it('is planned with a part of the samples, steps or tokens, at least one update', async () => {
    expect(shareSets({ train: { samples: 800, batchSize: 16 } }, 1 / 8)).toEqual(['train.samples=100']);
    expect(shareSets({ train: { samples: 32, batchSize: 16 } }, 1 / 8)).toEqual(['train.samples=16']);
    expect(shareSets({ train: { steps: 4, samples: null } }, 1 / 16)).toEqual(['train.steps=1']);
    expect(() => shareSets({ train: { minutes: 3 } }, 1 / 16)).toThrow(ConfigError);
    const sets = [...MICRO_SETTINGS, 'train.samples=64'];
    const request = { task: 'induction', rules: ['delta'], seeds: 1, sets };
    const plan = await planGrid({ ...request, search: { also: 'optimizer.weightDecay=0,0.1' } });
    const [subject] = plan.search!.subjects;
    const cell = await subject!.cell(['optimizer.learningRate=0.5', 'optimizer.weightDecay=0.1'], 1 / 4);
    expect(cell).toMatchObject({ seed: 1, learningRate: 0.5 });
    expect(cell.cell.config.train).toMatchObject({ samples: 16 });
    await expect(planGrid({ ...request, search: {}, lrGrid: [1] })).rejects.toThrow('leave one out');
    const twice = {
      ...request,
      sets: [...sets, 'optimizer.weightDecay=1'],
      search: { also: 'optimizer.weightDecay=0,1' },
    };
    await expect(planGrid(twice)).rejects.toThrow('also searched by --search-also');
    await expect(planGrid({ ...request, search: { also: 'optimizer.learningRate=1' } })).rejects.toThrow(
      'name its rates there',
    );
    const short = { ...request, sets: [...MICRO_SETTINGS, 'train.samples=16'] };
    await expect(planGrid({ ...short, search: {} })).rejects.toThrow('a training of at least 16 updates');
  });
});
