import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cellHash } from '../../experiments/grid/cellHash.js';
import type { GridEvent } from '../../experiments/grid/contract.js';
import { planGrid, runPlan, summariseRecall, type GridPlan } from '../../experiments/index.js';
import { writeComparison, writeRecall } from '../../report/index.js';
import { readResults } from '../../eval/index.js';
import { MICRO_SETTINGS } from '../cli/microTask.js';
import { toyCell } from './grid/toyKind.js';
import { toyWorker } from './grid/toyWorkerEntry.js';
import { temporaryFolder } from '../support/folder.js';

const home = temporaryFolder();
const empty: GridPlan = {
  task: 'toy',
  cells: [],
  notes: [],
};

/** The program of the package, run from source. */
const worker = {
  file: fileURLToPath(new URL('../../experiments/grid/workerProgram.ts', import.meta.url)),
  execArgv: ['--import', import.meta.resolve('tsx')],
};

describe('runPlan', () => {
  it('says with which versions of what computes a grid was made', async () => {
    const out = join(home, 'made');
    const { facts } = await runPlan(empty, { out, command: 'pavlov compare' });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(Object.keys(facts.versions)).toEqual(['pavlov', 'Node', 'ONNX Runtime', 'TensorFlow.js']);
    expect(facts.versions).toMatchObject({ Node: process.version, pavlov: version });
    for (const each of Object.values(facts.versions)) expect(each).toMatch(/^v?\d+\.\d+\.\d+/);
    expect(JSON.parse(readFileSync(join(out, 'grid.json'), 'utf8'))).toEqual({
      ...facts,
      command: 'pavlov compare',
      task: 'toy',
      cells: [],
    });
  });

  it('leaves the list of cells that another process works on', async () => {
    const out = join(home, 'busy');
    mkdirSync(out);
    writeFileSync(join(out, 'grid.json'), 'theirs');
    writeFileSync(join(out, 'run.lock'), `${process.ppid} on ${hostname()}\n`);
    await expect(runPlan(empty, { out })).rejects.toThrow(`process ${process.ppid}`);
    expect(readFileSync(join(out, 'grid.json'), 'utf8')).toBe('theirs');
  });

  it('says what is wrong with a folder that cannot be made', async () => {
    const file = join(home, 'file');
    writeFileSync(file, '');
    await expect(runPlan(empty, { out: file })).rejects.toThrow(`grid folder ${file}: expected to`);
  });

  it('runs the first cell alone until it is measured, then all', { timeout: 60_000 }, async () => {
    const cells = [1, 2].map((seed) => {
      const cell = toyCell({ seed, steps: 40, stepMs: 25 });
      return { cell, id: cellHash(cell), seed };
    }) as unknown as GridPlan['cells']; // what a grid of toys needs
    let tell = (): void => undefined;
    const measured = new Promise<void>((resolve) => (tell = resolve));
    const seen: string[] = [];
    const onEvent = (event: GridEvent): void => {
      if (event.type === 'progress') {
        if (seen.length === 1) seen.push('progress');
        if (event.part >= 0.5) tell();
      } else if (event.type !== 'start' && event.stage === 'train') seen.push(event.type);
    };
    const toys = { out: join(home, 'measured'), jobs: 2, worker: toyWorker(home) };
    await runPlan({ ...empty, cells }, { ...toys, measured, onEvent });
    expect(seen).toEqual(['begin', 'progress', 'begin', 'end', 'end']);
  });

  it('plans, runs, compares and reports from code', { timeout: 120_000 }, async () => {
    const plan = await planGrid({
      task: 'induction',
      rules: ['hebbian', 'delta'],
      seeds: 1,
      sets: MICRO_SETTINGS,
    });
    expect(plan.cells.map(({ variant }) => variant.rule)).toEqual(['hebbian', 'delta']);
    const out = join(home, 'grid');
    const events: string[] = [];
    const outcome = await runPlan(plan, { out, jobs: 1, worker, onEvent: ({ type }) => events.push(type) });
    if (outcome.type !== 'done') throw new Error('expected the grid to be done');
    expect(new Set(events.filter((type) => type !== 'progress'))).toEqual(new Set(['start', 'begin', 'end']));
    const meta = { ...outcome.facts, date: '2026-01-01' };
    const comparison = await writeComparison(out, plan, outcome.groups, meta);
    expect(comparison.cells).toEqual({ total: 2, done: 2, diverged: 0, failed: 0 });
    const rows = readResults(readFileSync(join(out, 'results.jsonl'), 'utf8'));
    expect(rows.map(({ status, variant }) => [status, variant.rule])).toEqual([
      ['done', 'hebbian'],
      ['done', 'delta'],
    ]);
    expect(readFileSync(join(out, 'report.md'), 'utf8')).toContain('| delta');
    await writeRecall(out, summariseRecall(plan, outcome.groups), meta);
    expect(readFileSync(join(out, 'results.md'), 'utf8')).toContain('# Recall: induction');
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page).toContain('<h1>Recall: induction</h1>');
    expect(page.match(/<figure><svg/g)?.length).toBeGreaterThan(1);
    expect(page).toContain('hebbian');
  });
});
