import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatResult } from '../../eval/compare/contract.js';
import { cellHash } from '../../experiments/grid/cellHash.js';
import type { GridEvent } from '../../experiments/grid/contract.js';
import { planGrid, type AutoSeeds, type GridPlan } from '../../experiments/plan.js';
import type { PlannedCell } from '../../experiments/subject.js';
import { resultRows } from '../../experiments/rows.js';
import { runPlan, type RunPlanOptions } from '../../experiments/runPlan.js';
import { CheckpointError, ConfigError } from '../../src/core/errors.js';
import { temporaryFolder } from '../support/folder.js';
import { toyCell } from './grid/toyKind.js';
import { toyWorker } from './grid/toyWorkerEntry.js';

const home = temporaryFolder();
const metric = { metric: 'points', unit: 'points', best: 'high' } as const;
const worker = toyWorker(home);

/** Toys score their seed plus their rate on the test: `low` and `even` are equal, `high` is 0.1 better. */
const VARIANTS = {
  low: { steps: 1, rate: 0.1 },
  even: { steps: 2, rate: 0.1 },
  high: { steps: 3, rate: 0.2 },
};
type Toys = Readonly<Record<string, Parameters<typeof toyCell>[0]>>;

function toyPlan(auto: AutoSeeds, variants: Toys = VARIANTS, margin = 0.05): GridPlan {
  const cells = Object.entries(variants).flatMap(([rule, changes]) =>
    Array.from({ length: auto.maxSeeds }, (_, i): PlannedCell => {
      const cell = toyCell({ ...changes, seed: i + 1 });
      const cost = { parameters: 0, stateBytes: 0, flopsPerToken: 0 };
      const learningRate = changes?.rate ?? 0.1;
      return {
        cell,
        id: cellHash(cell),
        task: 'toy',
        metric,
        variant: { rule },
        seed: i + 1,
        learningRate,
        cost,
      };
    }),
  );
  return { task: 'toy', cells, notes: [], auto, margin };
}

async function run(plan: GridPlan, out: string, rest: Partial<RunPlanOptions> = {}) {
  const starts: (string | undefined)[] = [];
  const outcome = await runPlan(plan, {
    out: join(home, out),
    worker,
    jobs: 2,
    clock: () => 0,
    ...rest,
    onEvent: (event) => {
      if (event.type === 'start') starts.push(event.note);
      rest.onEvent?.(event);
    },
  });
  const rows = outcome.type === 'done' ? resultRows(plan, outcome.groups) : [];
  return { outcome, starts, rows, text: rows.map(formatResult).join(''), notes: outcome.facts.notes };
}

const seedsOf = (
  rows: readonly { variant: Readonly<Record<string, unknown>>; seed: number }[],
  rule: string,
) => rows.filter(({ variant }) => variant.rule === rule).map(({ seed }) => seed);

describe('seeds until pairs are decided', () => {
  it('are added to the variants of open pairs only, whichever cell ends first', async () => {
    const plan = toyPlan({ maxSeeds: 20 });
    const { rows, starts, notes } = await run(plan, 'whole');
    expect(starts.slice(0, 2)).toEqual([undefined, 'seed 2, 3 of 3 pairs open']);
    // With 3 pairs, evidence of 2^(n - 1) / 3 must reach 20.
    const seeds = Array.from({ length: starts.length }, (_, i) => i + 1);
    const decided = seeds.slice(0, -1); // of the better one; to find two equal takes longer
    expect(['low', 'even', 'high'].map((rule) => seedsOf(rows, rule))).toEqual([seeds, seeds, decided]);
    expect(seeds.length).toBe(9);
    expect(notes).toEqual([
      `Seeds were added until they ended after ${seeds.length} seeds: all 3 pairs decided.`,
    ]);
  });

  it('go on as they would have after an interruption, and again from the files alone', async () => {
    const plan = toyPlan({ maxSeeds: 20 });
    const stop = new AbortController();
    let ended = 0;
    const onEvent = (event: GridEvent): void => {
      if (event.type === 'end' && ++ended === 9) stop.abort();
    };
    const first = await run(plan, 'resumed', { signal: stop.signal, onEvent });
    expect(first.outcome.type).toBe('interrupted');
    const second = await run(plan, 'resumed', { jobs: 1 });
    const third = await run(plan, 'resumed');
    const whole = await run(plan, 'whole');
    expect([second.text, third.text, third.notes]).toEqual([whole.text, whole.text, second.notes]);
  });

  it('end with the budget, the first seed always run, and go on with a larger one', async () => {
    // Each reading of the clock is a second on: a round takes one.
    let now = 0;
    const clock = (): number => (now += 1000);
    const short = await run(toyPlan({ maxSeeds: 20, budgetSeconds: 0.5 }), 'budget', { clock });
    expect(seedsOf(short.rows, 'low')).toEqual([1]);
    expect(short.notes).toEqual([
      'Seeds were added until they ended after 1 seed, which took 1 s of the budget of 0.5 s: 3 of 3 pairs not decided.',
    ]);
    const longer = await run(toyPlan({ maxSeeds: 20, budgetSeconds: 3.5 }), 'budget', { clock });
    expect(seedsOf(longer.rows, 'low')).toEqual([1, 2, 3]);
    expect(longer.notes[0]).toMatch(
      /took 3 s of the budget of 3.5 s, the next would take about 1 s: 3 of 3 pairs/,
    );
    const again = await run(toyPlan({ maxSeeds: 20, budgetSeconds: 3.5 }), 'budget', { clock });
    expect([again.text, again.notes]).toEqual([longer.text, longer.notes]);
    const smaller = await run(toyPlan({ maxSeeds: 20, budgetSeconds: 0.5 }), 'budget', { clock });
    expect(smaller.text).toBe(longer.text);
    expect(smaller.notes[0]).toMatch(/after 3 seeds, which took 3 s of the budget of 0.5 s: 3 of 3 pairs/);
  });

  it('end at the most there may be, with what that leaves open', async () => {
    const { rows, notes } = await run(toyPlan({ maxSeeds: 2 }), 'cap');
    expect(rows).toHaveLength(6);
    expect(notes[0]).toMatch(
      /^Seeds .* after 2 seeds, the most that --max-seeds allows: 3 of 3 pairs not decided/,
    );
  });

  it('are not spent on a variant that always fails', async () => {
    const variants: Toys = {
      low: VARIANTS.low,
      high: VARIANTS.high,
      bad: { steps: 4, rate: 0.3, fate: 'throws' },
    };
    const { rows, notes } = await run(toyPlan({ maxSeeds: 20 }, variants), 'failing');
    expect(seedsOf(rows, 'bad')).toEqual([1, 2, 3]);
    expect(seedsOf(rows, 'low').length).toBeGreaterThan(5);
    expect(notes[0]).toMatch(/2 of 3 pairs not decided; given up without a result: bad\.$/);
  });

  it('say which file of theirs is damaged', async () => {
    const folder = join(home, 'cap', 'seeds');
    const [name = ''] = readdirSync(folder);
    const before = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, name), '{"seconds": 3}');
    await expect(run(toyPlan({ maxSeeds: 2 }), 'cap')).rejects.toThrow(CheckpointError);
    await expect(run(toyPlan({ maxSeeds: 2 }), 'cap')).rejects.toThrow(name);
    writeFileSync(join(folder, name), before);
  });

  it('need two variants', async () => {
    const request = { task: 'induction', rules: ['delta'], seeds: { maxSeeds: 5 } };
    await expect(planGrid(request)).rejects.toThrow(ConfigError);
    await expect(planGrid(request)).rejects.toThrow(
      'expected at least two variants to tell apart, got only delta',
    );
  });
});
