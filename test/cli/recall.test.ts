import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RecallSummary } from '../../experiments/recallSummary.js';
import { temporaryFolder } from '../support/folder.js';
import { ended, pavlov, pavlovHere, startPavlov } from '../support/pavlov.js';
import { MICRO_TASK } from './microTask.js';

const folder = temporaryFolder();

type Document = RecallSummary & { readonly command: string };

function parse(text: string): Document {
  // The cast: the fields are checked where they are used.
  return JSON.parse(text) as Document;
}

describe('pavlov recall', () => {
  it('scores each rule beside chance and baselines, and keeps everything', { timeout: 240_000 }, async () => {
    const out = join(folder, 'kept');
    const run = ['recall', ...MICRO_TASK, '--rule', 'delta,softmax', '--seeds', '2', '--out', out];
    const { code, stdout, stderr } = await pavlov([...run, '--jobs', '1', '--json']);
    expect([code, stderr.split('\n')[0]]).toEqual([
      0,
      expect.stringMatching(/^4 cells in 1 process at most, about \d/),
    ]);
    const document = parse(stdout);
    expect(document.models.map(({ model, variant, done, seeds }) => [model, variant, done, seeds])).toEqual([
      ['delta', { rule: 'delta', gate: 'none' }, 2, 2],
      ['softmax', { rule: 'softmax', gate: 'none' }, 2, 2],
    ]);
    const whole = document.scores.filter(({ slice }) => slice === null);
    expect(whole.map(({ model, kind, seeds, n }) => [model, kind, seeds, n])).toEqual([
      ['delta', 'model', 2, 8],
      ['softmax', 'model', 2, 8],
      ['shown so far', 'baseline', 1, 8],
    ]);
    for (const { mean, chance, oracle } of whole) {
      expect(mean).toBeGreaterThanOrEqual(0);
      expect(chance).toBeCloseTo(1 / 14, 10);
      expect(oracle).toBe(1);
    }
    const slices = document.scores.filter(({ slice, model }) => slice === 'distance' && model === 'delta');
    expect(slices.length).toBeGreaterThan(1);
    expect(document.curves.map(({ points }) => points.map(({ step }) => step))).toEqual(
      Array(4).fill([2, 4]),
    );
    expect(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'))).toEqual(document);
    const csv = readFileSync(join(out, 'results.csv'), 'utf8').trim().split('\n');
    expect(csv.length).toBe(1 + document.scores.length);
    expect(csv[0]).toBe(
      'task,model,rule,gate,kind,part,metric,slice,key,mean,low,high,seeds,samples,chance,oracle',
    );
    const text = readFileSync(join(out, 'results.md'), 'utf8');
    expect(text).toMatch(/\| test \| delta \| softmax \| shown so far \| chance \| oracle \| samples \|\n/);
    for (const name of ['validation', 'accuracy-distance-all']) {
      expect(text).toContain(`![${name}](${name}.svg)`);
      expect(readFileSync(join(out, `${name}.svg`), 'utf8')).toMatch(/^<svg[^]*delta[^]*<\/svg>\n$/);
    }
  });

  it('stops at Ctrl-C with exit 130 and a checkpoint', { timeout: 240_000 }, async () => {
    const out = join(folder, 'stopped');
    const long = [
      ...MICRO_TASK,
      '--set',
      'train.samples=100000',
      '--set',
      'train.evalEvery=100',
      '--out',
      out,
    ];
    const child = startPavlov(['recall', ...long, '--set', 'train.saveEvery=null', '--json']);
    const timer = setInterval(() => {
      const cells = join(out, 'cells');
      const log = existsSync(cells) ? join(cells, readdirSync(cells)[0] ?? '', 'log.txt') : '';
      if (existsSync(log) && readFileSync(log, 'utf8').includes('from step 0')) {
        clearInterval(timer);
        child.kill('SIGINT');
      }
    }, 50);
    const { code, stdout, stderr } = await ended(child);
    clearInterval(timer);
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toEqual({ type: 'interrupted', finished: 0, cells: 1, out });
    expect(stderr).toContain('SIGINT: finishing the current steps and saving');
    expect(stderr).toContain(`0 of 1 cells are done; resume with the same command and --out ${out}\n`);
    const [cell = ''] = readdirSync(join(out, 'cells'));
    const steps = readdirSync(join(out, 'cells', cell, 'run')).filter((name) => name.startsWith('step-'));
    expect(steps.length).toBe(1);
  });

  it('takes a rule from a file', { timeout: 240_000 }, async () => {
    const [out, file] = [join(folder, 'own'), join(folder, 'own.ts')];
    writeFileSync(
      file,
      "import { rules } from 'pavlov-lm';\nexport default { ...rules.hebbian, name: 'own-rule', title: 'A rule of our own' };\n",
    );
    const { code, stdout, stderr } = await pavlov([
      ...['recall', ...MICRO_TASK, '--rule', file, '--out', out, '--json'],
    ]);
    expect([code, stderr.split('\n')[0]]).toEqual([
      0,
      expect.stringMatching(/^1 cell in 1 process at most, about \d/),
    ]);
    expect(parse(stdout).models.map(({ variant, done }) => [variant.rule, done])).toEqual([['own-rule', 1]]);
  });

  it.each([
    [['--task', 'mqa'], '--task: expected one of mqar | associative-recall', "did you mean 'mqar'?"],
    [['--task', 'stories'], '--task: expected one of mqar | associative-recall', "got 'stories'"],
    [['--rule', 'dleta'], '--rule: expected one of ', "got 'dleta'; did you mean 'delta'?"],
    [['--gate', 'nnoe'], '--gate: expected one of ', "did you mean 'none'?"],
    [
      ['--preset', 'smokey'],
      '--preset: expected one of smoke | small | frontier | paper',
      "did you mean 'smoke'?",
    ],
    [['--set', 'model.widht=4'], 'config.model.widht: expected one of ', "did you mean 'width'?"],
    [
      ['--vary', 'train.batchSiz=4,8'],
      'config.train.batchSiz: expected one of ',
      "did you mean 'batchSize'?",
    ],
    [['--set', 'task.settings.pairz=4'], 'expected one of ', "did you mean 'pairs'?"],
    [['--vary', 'model.width'], '--vary: expected path=value,value', "got 'model.width'"],
    [['--vary', 'model.width=8,8'], '--vary: expected different comma-separated values', "'model.width=8,8'"],
    [['--rule', 'delta,delta'], "--rule: expected each once, got 'delta' twice", 'leave one out'],
    [['--vary', 'seed=1,2'], "--vary: the grid sets 'seed' itself", 'use --seeds'],
    [['--set', 'seed=4'], "--set: the grid sets 'seed' itself", 'use --seeds'],
    [
      ['--set', 'optimizer.learningRate=1', '--lr-grid', '0.1'],
      "--set: the grid sets 'optimizer.learningRate' itself",
      'use --lr-grid',
    ],
    [['--set', 'model.width=8', '--vary', 'model.width=8,16'], 'is also set by --vary', ''],
    [['--lr-grid', '0.1,x'], '--lr-grid: expected a number', "got 'x'"],
    [['--lr-grid', '0.1,0.1'], "--lr-grid: expected each once, got '0.1' twice", ''],
    [['--seeds', '0'], '--seeds: expected a whole number of at least 1', "got '0'"],
    [['--jobs', '0'], '--jobs: expected a whole number between 1 and 1024', ''],
    [['--jbos', '1'], "pavlov recall: unknown option '--jbos'", "did you mean '--jobs'?"],
  ])('%j is a mistake with exit code 2', async (args, message, hint) => {
    const { code, stdout, stderr } = await pavlovHere(['recall', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});
