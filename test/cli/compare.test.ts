import { Model } from '../../src/model/model.js';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { costOf } from '../../experiments/cost.js';
import { planGrid } from '../../experiments/plan.js';
import type { Comparison } from '../../eval/compare/comparison.js';
import { readResults } from '../../eval/compare/contract.js';
import { resolveTaskConfig } from '../../train/tasks/resolveTaskConfig.js';
import { temporaryFolder } from '../support/folder.js';
import { killGroupAfter } from '../support/killGroup.js';
import { pavlov, pavlovHere } from '../support/pavlov.js';
import { MICRO_TASK } from './microTask.js';

const folder = temporaryFolder();

const textOf = (out: string, name: string): string => readFileSync(join(out, name), 'utf8');

describe('pavlov compare', () => {
  it('a grid that was killed gives the results file of one that was not', { timeout: 240_000 }, async () => {
    const grid = [
      ...['compare', ...MICRO_TASK, '--rule', 'hebbian,delta', '--seeds', '1'],
      ...['--lr-grid', '0.003,0.03'],
    ];
    const [straight, killed] = [join(folder, 'straight'), join(folder, 'killed')];
    const whole = await pavlov([...grid, '--jobs', '1', '--out', straight]);
    expect([whole.code, whole.stderr]).toEqual([0, '']);
    await killGroupAfter([...grid, '--jobs', '2', '--out', killed], 2);
    const rest = await pavlov([...grid, '--jobs', '2', '--out', killed]);
    expect([rest.code, rest.stderr]).toEqual([0, '']);
    expect(textOf(killed, 'results.jsonl')).toBe(textOf(straight, 'results.jsonl'));
    expect(textOf(killed, 'cells.jsonl')).toBe(textOf(straight, 'cells.jsonl'));
    const rows = readResults(textOf(straight, 'results.jsonl'));
    expect(rows.map(({ variant, seed, status }) => [variant, seed, status])).toEqual(
      ['hebbian', 'delta'].map((rule) => [{ rule, gate: 'none' }, 1, 'done']),
    );
    expect(textOf(killed, 'results.csv')).toBe(textOf(straight, 'results.csv'));
    expect(textOf(straight, 'results.csv').trim().split('\n')).toHaveLength(1 + rows.length);
    for (const report of ['report.md', 'report.html']) {
      expect(textOf(straight, report)).toContain('pavlov compare --task induction --set train.batchSize=4');
      expect(textOf(straight, report)).toContain('hebbian');
    }
    // Of each two rates one was chosen, and that one alone was tested.
    const cells = readdirSync(join(straight, 'cells'));
    const tested = cells.filter((cell) => readdirSync(join(straight, 'cells', cell)).includes('test.json'));
    expect([cells.length, tested.sort()]).toEqual([4, rows.map(({ cell }) => cell).sort()]);
  });

  it('on stories chooses on some stories and tests on the others', { timeout: 240_000 }, async () => {
    const out = join(folder, 'stories');
    const settings = [
      ...[
        'train.steps=4',
        'train.evalEvery=2',
        'train.batchSize=2',
        'train.evalStories=10',
        'train.saveBest=false',
      ],
      ...[
        'train.saveEvery=null',
        'train.sampleEvery=null',
        'train.diagnosticsEvery=null',
        'sample.maxTokens=4',
      ],
      ...['model.width=16', 'model.layers=1', 'model.mlpWidth=16', 'tokenizer.vocabularySize=300'],
      ...['data.trainStories=200', 'data.cacheFolder=null'],
    ];
    const { code, stdout } = await pavlov([
      ...['compare', '--task', 'stories', '--rule', 'delta', '--seeds', '1', '--out', out, '--json'],
      ...settings.flatMap((setting) => ['--set', setting]),
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ cells: { total: 1, done: 1 } });
    const [row] = readResults(textOf(out, 'results.jsonl'));
    expect(row).toMatchObject({ task: 'stories', metric: 'bits-per-byte', best: 'low', status: 'done' });
    expect(row?.curve.map(({ step, tokens }) => [step, tokens])).toEqual([
      [2, 256],
      [4, 512],
    ]);
    const run = join(out, 'cells', row?.cell ?? '', 'run');
    const metrics = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
    // The cast: lines of a run's log.
    const events = metrics.map((line) => JSON.parse(line) as { final?: boolean; score?: number });
    const all = events.find(({ final }) => final === true)?.score ?? NaN;
    const chosenBy = row?.curve.at(-1)?.validation ?? NaN;
    // Bytes of both parts make up the whole, so the whole lies between them.
    expect(Math.sign(all - chosenBy)).toBe(Math.sign((row?.test ?? NaN) - all));
    const timings = JSON.parse(textOf(out, 'timings.jsonl')) as { decodeMs: number; cell: string };
    expect(timings.cell).toBe(row?.cell);
    expect(timings.decodeMs).toBeGreaterThan(0);
  });

  it('reports cells that diverge and finishes the others', { timeout: 240_000 }, async () => {
    const out = join(folder, 'diverging');
    const { code, stdout } = await pavlov([
      ...['compare', ...MICRO_TASK, '--rule', 'delta', '--seeds', '2', '--lr-grid', '0.01,1e30'],
      ...['--vary', 'optimizer.weightDecay=0,1e39', '--out', out, '--json'],
    ]);
    expect(code).toBe(0);
    // The cast: the fields are checked below.
    const document = JSON.parse(stdout) as Comparison & { readonly command: string };
    expect(document.cells).toEqual({ total: 4, done: 2, diverged: 2, failed: 0 });
    const rows = readResults(textOf(out, 'results.jsonl'));
    expect(rows.map(({ status, learningRate }) => [status, learningRate])).toEqual([
      ...[
        ['done', 0.01],
        ['done', 0.01],
      ],
      ...[
        ['diverged', 0.01],
        ['diverged', 0.01],
      ],
    ]);
    expect(rows[2]?.reason).toMatch(/^rate 0.01: .*expected a finite loss.*\nrate 1e\+30: /);
    const cells = textOf(out, 'cells.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(cells.filter((cell) => 'status' in cell && cell.status === 'diverged').length).toBe(6);
    const lost = await pavlov([
      ...[
        'compare',
        ...MICRO_TASK,
        '--rule',
        'delta',
        '--seeds',
        '1',
        '--lr-grid',
        '1e30',
        '--out',
        join(folder, 'lost'),
      ],
    ]);
    expect(lost.code).toBe(4);
    expect(lost.stdout).toMatch(/1\/1 {2}delta, none, seed 1, learning rate 1e\+30: diverged: .*expected/);
  });

  it.each([
    ['parameters', 'model.mlpWidth', 'parameters'],
    ['state', 'model.valueSize', 'stateBytes'],
  ] as const)('--equal %s raises variants to the largest by %s', async (equal, setting, cost) => {
    const sets = MICRO_TASK.filter((word) => word.includes('='));
    const plan = await planGrid({
      task: 'induction',
      seeds: 1,
      rules: ['delta'],
      vary: ['model.heads=1,2'],
      equal,
      sets: [...sets, 'model.keySize=16', 'model.valueSize=16'],
    });
    expect(plan.notes).toEqual([
      expect.stringMatching(new RegExp(`^delta, none, model.heads 1: ${setting} \\d+ for`)),
    ]);
    const [a = NaN, b = NaN] = plan.cells.map((cell) => cell.cost[cost]);
    expect(Math.abs(a / b - 1)).toBeLessThan(0.02);
  });

  it.each([
    // Writing v k^T, adding it, and reading: 2 + 2 products or sums an entry; errors and decays come on top.
    ['hebbian', 'none', 4],
    ['hebbian', 'scalar', 5],
    ['delta', 'none', 6],
    ['oja', 'none', 6],
  ])(
    'counts the operations of %s with gate %s as %d for each entry of a memory',
    async (rule, gate, each) => {
      const sizes = ['model.heads=2', 'model.keySize=64', 'model.valueSize=32', 'model.layers=3'];
      const sets = [...sizes, `model.rule=${rule}`, `model.gate=${gate}`];
      const { model } = await resolveTaskConfig({ task: 'mqar', sets });
      const mixing = async (mixer: string): Promise<number> => {
        const made = Model.create({ ...model, mixer, vocabularySize: 8 }, 1);
        const unweighted = {
          parameterCount: 0,
          weights: [],
          layers: made.layers,
          stateBytes: (): number => 0,
        };
        const { flopsPerToken: found } = await costOf(unweighted, 64);
        made.dispose();
        return found;
      };
      const flopsPerToken = await mixing('conditioning');
      const entries = 3 * 2 * 64 * 32;
      expect(flopsPerToken).toBeGreaterThanOrEqual(each * entries);
      // Passes over vectors, not matrices.
      expect(flopsPerToken).toBeLessThan((each + 0.5) * entries);
      expect(await mixing('softmax')).toBe(3 * 2 * 2 * (64 + 32) * 32);
    },
  );

  it.each([
    [['--rule', 'dleta'], '--rule: expected one of ', "did you mean 'delta'?"],
    [['--equal', 'params'], '--equal: expected one of parameters | state', ''],
    [
      ['--rule', 'delta,softmax', '--equal', 'state'],
      '--equal state: the state of softmax grows with every token',
      '',
    ],
    [
      ['--task', 'stories', '--preset', 'smokey'],
      'preset: expected one of start | smoke | tiny',
      "did you mean 'smoke'?",
    ],
    [['--data', 'toy'], 'config.data: expected one of ', "got 'data'"],
    [['--task', 'storys'], '--task: expected one of ', "did you mean 'stories'?"],
  ])('%j is a mistake with exit code 2', async (args, message, hint) => {
    const { code, stdout, stderr } = await pavlovHere(['compare', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});
