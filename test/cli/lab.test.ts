import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConditioningResult, ContextReport, ExperimentResult } from '../../eval/lab/index.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlovHere } from '../support/pavlov.js';

const folder = temporaryFolder();

interface Document<T> {
  readonly part: string;
  readonly seed: number;
  readonly results: readonly T[];
}

function parse<T>(text: string): Document<T> {
  // The cast: the fields are checked where they are used.
  return JSON.parse(text) as Document<T>;
}

describe('pavlov lab', () => {
  it('conditioning prints rule x phenomenon: predicted, measured, agrees', async () => {
    const { code, stdout, stderr } = await pavlovHere([
      ...['lab', 'conditioning', '--rule', 'delta,bcm', '--phenomena', 'blocking', '--param', 'form=rate'],
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^rule +phenomenon +reading +predicted +measured +agrees\n/);
    expect(stdout).toMatch(/delta +blocking +V_B, no pretraining +0\.5000 +0\.5000 +yes\n/);
    expect(stdout).toMatch(/\n6 of 6 agree with theory\n$/);
  });

  it('--json gives one document, and --out keeps it with a CSV', async () => {
    const out = join(folder, 'kept');
    const { code, stdout, stderr } = await pavlovHere([
      ...['lab', 'conditioning', '--rule', 'hebbian', '--phenomena', 'acquisition', '--trials', '4'],
      ...['--us', '0.5', '--beta', '0.25', '--decay', '0.5', '--out', out, '--json'],
    ]);
    expect([code, stderr]).toEqual([0, '']);
    const document = parse<ConditioningResult>(stdout);
    expect([document.part, document.seed]).toEqual(['conditioning', 1]);
    expect(document.results.map(({ measured }) => measured)).toEqual([0.5, 0.234375]);
    expect(readFileSync(join(out, 'conditioning.json'), 'utf8')).toBe(stdout);
    expect(readFileSync(join(out, 'conditioning.csv'), 'utf8')).toBe(
      'rule,phenomenon,reading,predicted,measured,agrees\n' +
        'hebbian,acquisition,V_A,0.5,0.5,yes\n' +
        'hebbian,acquisition,"V_A, decaying memory",0.234375,0.234375,yes\n',
    );
  });

  it.each([
    [
      ['capacity', '--pairs', '2,4', '--dim', '6', '--dims', '4,8', '--worst-dims', '8,16', '--draws', '3'],
      'top-1',
    ],
    [['depth', '--layers', '2', '--heads', '1', '--pairs', '4', '--draws', '3'], 'cleaned top-1'],
    [['stability', '--betas', '1', '--decays', '1'], '1 of 1 agree with theory'],
  ])('%j runs and prints its table', async (args, part) => {
    const { code, stdout, stderr } = await pavlovHere(['lab', ...args, '--rule', 'delta']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(part);
  });

  it('refuses an --out with other files before it measures', async () => {
    const theirs = join(folder, 'their-files');
    mkdirSync(theirs);
    writeFileSync(join(theirs, 'conditioning.csv'), 'mine');
    const { code, stdout, stderr } = await pavlovHere([
      'lab',
      'conditioning',
      '--rule',
      'nope',
      '--out',
      theirs,
    ]);
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      `--out: '${theirs}' holds files that are not such results (conditioning.csv); choose another folder\n`,
    ]);
    expect(readdirSync(theirs)).toEqual(['conditioning.csv']);
  });

  it('--out draws the measurements with their closed forms', async () => {
    const out = join(folder, 'drawn');
    const { code, stderr } = await pavlovHere([
      ...['lab', 'capacity', '--rule', 'delta', '--pairs', '2,4', '--dim', '6', '--dims', '4,8'],
      ...['--worst-dims', '8,16', '--draws', '3', '--vary', 'decay=1,0.9', '--out', out],
    ]);
    expect([code, stderr]).toEqual([0, '']);
    const swept = ['by-decay-top1', 'by-decay'];
    const pictures = ['ages', ...swept, 'error', 'scaling', 'top1'].map((name) => `capacity-${name}.svg`);
    expect(readFileSync(join(out, 'capacity-by-decay.svg'), 'utf8')).toContain('delta, theory');
    expect(readFileSync(join(out, 'capacity-sweeps.csv'), 'utf8')).toMatch(
      /^rule,over,at,.*\ndelta,decay,1,.*\ndelta,decay,0\.9,/,
    );
    expect(readdirSync(out).filter((name) => name.endsWith('.svg'))).toEqual(pictures);
    const error = readFileSync(join(out, 'capacity-error.svg'), 'utf8');
    expect(error).toMatch(/^<svg [^]*delta, theory[^]*<\/svg>\n$/);
    expect(readFileSync(join(out, 'capacity-scaling.svg'), 'utf8')).toContain('sqrt(K)');
    const curve = await pavlovHere([
      ...[
        'lab',
        'conditioning',
        '--rule',
        'delta',
        '--phenomena',
        'extinction',
        '--trials',
        '4',
        '--out',
        out,
      ],
    ]);
    expect(curve.code).toBe(0);
    expect(readFileSync(join(out, 'conditioning-extinction.svg'), 'utf8')).toContain('phase 2');
  });

  it('level B trains a model, presents the experiments and fits the rules', async () => {
    const out = join(folder, 'context');
    const { code, stdout, stderr } = await pavlovHere([
      ...['lab', 'conditioning', '--level', 'B', '--preset', 'smoke', '--rule', 'delta,hebbian'],
      ...['--phenomena', 'blocking,extinction', '--draws', '2', '--set', 'train.samples=64'],
      ...['--set', 'train.batchSize=16', '--set', 'train.evalSamples=8', '--set', 'model.width=8'],
      ...['--set', 'model.keySize=8', '--set', 'model.valueSize=8', '--set', 'engine.name=eager'],
      ...['--set', 'task.settings.trials=30', '--out', out],
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/phenomenon +reading +measured/);
    expect(stdout).toMatch(/blocking +V_B, no pretraining/);
    expect(stdout).toMatch(/ideal learner/);
    expect(stdout).toContain('within a tenth of the US');
    const files = [
      'context-differences.svg',
      'context-fits.csv',
      'context.csv',
      'context.json',
      'model-seed-1',
    ];
    expect(readdirSync(out)).toEqual(files);
    const { results, fits } = JSON.parse(readFileSync(join(out, 'context.json'), 'utf8')) as ContextReport;
    expect(new Set(results.map(({ rule }) => rule))).toEqual(new Set(['delta', 'hebbian', null]));
    const errors = fits.map(({ heldOutError }) => heldOutError);
    expect(errors).toEqual(errors.toSorted((x, y) => x - y));
  });

  it('run takes a file, and --rule wins over its rules', async () => {
    const file = join(folder, 'own.yaml');
    writeFileSync(file, 'rules: [delta]\nphases: [{ trials: 2, A: 1, US: 1 }]\n');
    const own = await pavlovHere(['lab', 'run', file, '--json']);
    expect([own.code, own.stderr]).toEqual([0, '']);
    expect(parse<ExperimentResult>(own.stdout).results.map(({ rule }) => rule)).toEqual(['delta']);
    const other = await pavlovHere(['lab', 'run', file, '--rule', 'hebbian', '--beta', '0.5']);
    expect(other.stdout).toMatch(/hebbian +V_A +1 +1\n/);
  });

  it('says where a file is wrong', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'phases:\n  - { trials: -1 }\n');
    const { code, stdout, stderr } = await pavlovHere(['lab', 'run', file]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`${file}:2:15: phases[0].trials: expected a whole number`);
  });

  it.each([
    [['conditioning', '--rule', 'dleta'], 2, '--rule: expected one of '],
    [
      ['conditioning', '--rule', 'delta', '--param', 'rho=1'],
      2,
      "--param: expected one of maxBeta, got 'rho'",
    ],
    [
      ['conditioning', '--rule', 'hebbian', '--param', 'rho=1'],
      2,
      "--param: expected no parameter for these rules, got 'rho'",
    ],
    [['conditioning', '--param', 'rho'], 2, "--param: expected name=value, got 'rho'"],
    [
      ['conditioning', '--rule', 'bcm', '--param', 'rho=7'],
      2,
      'params of bcm.rho: expected a number from 0 to 1',
    ],
    [['conditioning', '--phenomena', 'blokking'], 2, "did you mean 'blocking'?"],
    [['conditioning', '--seeds', '2'], 2, '--seeds needs --level B'],
    [['conditioning', '--level', 'B', '--us', '2'], 2, '--us needs --level A'],
    [['conditioning', '--trials', '1000000000'], 2, '--trials: expected a whole number between 1 and 10000'],
    [
      ['capacity', '--dim', '1000000'],
      2,
      '--draws 32, --pairs 2000000, --dim 1000000: expected a product of',
    ],
    [
      ['capacity', '--worst-dims', '1000000'],
      2,
      '--worst-dims 1000000, --dim 1000000: expected a product of',
    ],
    [
      ['depth', '--widths', '1000000000'],
      2,
      '--draws 32, --heads 4, --widths 1000000000, --dim 32: expected a',
    ],
    [['conditioning', '--level', 'C'], 2, '--level'],
    [
      ['conditioning', '--level', 'B', '--set', 'task.settings.trials=12'],
      2,
      'task.settings.trials: expected at least 30 trials a row',
    ],
    [['conditioning', '--level', 'B', '--phenomena', 'blokking'], 2, "did you mean 'blocking'?"],
    [['conditioning', '--decay', '2'], 2, '--decay: expected a number above 0 and at most 1'],
    [['capacity', '--pairs', '2,x'], 2, "--pairs: expected a whole number of at least 1, got 'x'"],
    [['capacity', '--vary', 'decai=1'], 2, "did you mean 'decay'?"],
    [['capacity', '--vary', 'dim'], 2, '--vary: expected'],
    [
      ['capacity', '--rule', 'delta', '--pairs', '4,2'],
      2,
      'pairs: expected ascending whole numbers, got 4,2',
    ],
    [['run'], 2, 'pavlov lab run: missing argument <file>'],
    [
      ['run', 'no-such.yaml'],
      3,
      'no-such.yaml: expected a file that can be read, got ENOENT; check the path',
    ],
    [['dream'], 2, "pavlov lab: unknown command 'dream'"],
  ])('%j is a mistake with exit code %d', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await pavlovHere(['lab', ...args]);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toContain(message);
  });
});
