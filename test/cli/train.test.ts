import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/checkpoint/store.js';
import { ended, pavlov, pavlovHere, startPavlov } from '../support/pavlov.js';
import { temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();

/** A run of a few seconds: a small model, no cache in the working folder. */
const SMALL = [
  ...[
    '--preset',
    'smoke',
    '--set',
    'model.width=16',
    '--set',
    'model.layers=1',
    '--set',
    'model.mlpWidth=16',
  ],
  ...['--set', 'tokenizer.vocabularySize=300', '--set', 'train.batchSize=2', '--set', 'train.evalStories=4'],
  ...['--set', 'sample.maxTokens=8', '--set', 'train.diagnosticsEvery=null', '--set', 'train.evalEvery=null'],
  ...['--set', 'data.cacheFolder=null', '--set', 'data.trainStories=200', '--set', 'engine.threads=1'],
];

interface Document {
  readonly type: string;
  readonly checkpoint: string;
  readonly step: number;
  readonly tokens: number;
  readonly [field: string]: unknown;
}

function parse(text: string): Document {
  // The cast: the fields are checked where they are used.
  return JSON.parse(text) as Document;
}

/** Every byte of the tensors of the newest checkpoint. */
function tensorBytes(run: string): Buffer[] {
  const newest = readdirSync(run)
    .filter((name) => name.startsWith('step-'))
    .sort()
    .at(-1);
  return ['weights.safetensors', 'optimizer.safetensors'].map((name) =>
    readFileSync(join(run, newest ?? '', name)),
  );
}

describe('pavlov train and resume', () => {
  it('4 steps and a resume are the bytes of 8 steps in one', async () => {
    const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')];
    const once = await pavlovHere(['train', ...SMALL, '--steps', '8', '--out', whole, '--json']);
    expect(once.code).toBe(0);
    const half = await pavlovHere([
      ...['train', ...SMALL, '--steps', '8', '--out', parts],
      ...['--stop-after', '4', '--json'],
    ]);
    expect(half.code).toBe(0);
    expect(parse(half.stdout)).toMatchObject({ type: 'interrupted', step: 4 });
    const rest = await pavlovHere(['resume', parts, '--json']);
    expect(rest.code).toBe(0);
    expect(parse(rest.stdout)).toMatchObject({ type: 'done', step: 8 });
    expect(tensorBytes(parts)).toEqual(tensorBytes(whole));
    expect(tensorBytes(whole)[0]?.length).toBeGreaterThan(10_000);
  });

  it('--probes measures what it trained, in the same document; a name that is none trains nothing', async () => {
    const out = join(folder, 'probed');
    const asked = await pavlovHere([
      ...['train', ...SMALL, '--steps', '2', '--out', out, '--probes', 'lm', '--json'],
    ]);
    expect(asked.code).toBe(0);
    const { type, checkpoint, evaluation } = parse(asked.stdout);
    expect({ type, evaluation }).toMatchObject({
      type: 'done',
      evaluation: { checkpoint, step: 2, results: [{ probe: 'lm' }, { probe: 'lm' }, { probe: 'lm' }] },
    });
    expect(existsSync(join(out, 'eval', 'step-000002', 'lm.json'))).toBe(true);
    const wrong = await pavlovHere(['train', ...SMALL, '--out', join(folder, 'not'), '--probes', 'lmm']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('--probes: expected one of');
    expect(existsSync(join(folder, 'not'))).toBe(false);
  });

  it('--probes ends in a card of one screen: the run, what was found, a story, what to type, the report', async () => {
    const out = join(folder, 'card');
    const asked = [
      'train',
      ...SMALL,
      '--steps',
      '4',
      '--set',
      'train.evalEvery=1',
      '--out',
      out,
      '--probes',
      'lm',
    ];
    const { code, stdout } = await pavlovHere(asked);
    expect(code).toBe(0);
    const card = stdout
      .slice(stdout.lastIndexOf('\n\ntrained') + 2)
      .trimEnd()
      .split('\n');
    const topics = card.flatMap((line) => /^[a-z]+/.exec(line) ?? []);
    expect(topics).toEqual(['trained', 'loss', 'training', 'story', 'next', 'report']);
    expect(card.length).toBeLessThanOrEqual(20);
    const said = card.filter((line) => !line.includes(out));
    for (const line of said) expect(line.length).toBeLessThan(80);
    expect(card.join(' ')).toMatch(/unigram \d\.\d{3}, +bigram \d\.\d{3}, +5-gram \d\.\d{3}/);
    expect(existsSync(join(out, 'eval', 'step-000004', 'report.html'))).toBe(true);
  });

  it('--json ends with one document that holds every field of the design', async () => {
    const out = join(folder, 'document');
    const { code, stdout, stderr } = await pavlov([
      ...['train', ...SMALL, '--steps', '3', '--out', out, '--json'],
    ]);
    expect(code).toBe(0);
    const document = parse(stdout);
    expect(document).toEqual({
      ...document,
      type: 'done',
      out,
      checkpoint: join(out, 'step-000003'),
      step: 3,
      tokens: 3 * 2 * 64,
      engine: 'graph',
      device: 'cpu',
    });
    const numbers = ['parameters', 'trainLoss', 'seconds', 'tokensPerSecond'];
    for (const field of [...numbers, 'compileSeconds']) expect(document[field], field).toBeGreaterThan(0);
    const { validation } = document as unknown as { validation: { score: number; metrics: object } };
    expect(validation.score).toBeGreaterThan(0);
    expect(Object.keys(validation.metrics)).toEqual(['loss', 'bitsPerByte']);
    expect(stderr).toContain(`run folder ${out}\n`);
    expect((await loadCheckpoint(out)).step).toBe(3);
  });

  it('in a pipe prints plain lines, the sample and where the checkpoint is', async () => {
    const out = join(folder, 'plain');
    const { code, stdout, stderr } = await pavlov(['train', ...SMALL, '--steps', '2', '--out', out]);
    expect([code, stderr]).toEqual([0, '']);
    const pattern = [
      // What takes long is told on a slow machine.
      '^(?:training the tokenizer, .*\\n)?training [\\d,]+ parameters \\(vocabulary [\\d,]+\\) on 200 stories, [\\d,]+ tokens',
      `2 steps, graph engine on cpu, \\d threads?, run folder ${out}`,
      ' +50 %  step 1  loss \\d\\.\\d{4}  [\\d,]+ tokens/s  ETA \\w+',
    ].join('\n');
    expect(stdout).toMatch(new RegExp(pattern));
    expect(stdout).toMatch(/\n\nOnce upon a time[^]*\n\ndone after step 2, validation \d\.\d{4} nats\/token/);
    expect(stdout).toContain(`\ncheckpoint ${join(out, 'step-000002')}\n`);
    expect(stdout).not.toContain('\u001b');
  });

  it('Ctrl-C saves and exits 130; the run can go on', async () => {
    const out = join(folder, 'interrupted');
    const child = startPavlov(['train', ...SMALL, '--steps', '1000000', '--out', out]);
    child.stdout?.on('data', (text: string) => {
      if (text.includes('step 1 ')) child.kill('SIGINT');
    });
    const { code, stdout, stderr } = await ended(child);
    expect([code, stderr]).toEqual([
      130,
      '\nSIGINT: finishing this step and saving; press Ctrl-C again to stop immediately\n',
    ]);
    expect(stdout).toMatch(/\ninterrupted after step \d+/);
    expect(stdout).toContain(`\nresume with: pavlov resume ${out}\n`);
    const { step } = await loadCheckpoint(out);
    expect(step).toBeGreaterThan(0);
    const rest = await pavlovHere(['resume', out, '--steps', String(step + 1), '--json']);
    expect(parse(rest.stdout)).toMatchObject({ type: 'done', step: step + 1 });
  });

  it('saves when the reader of its output goes away', async () => {
    const out = join(folder, 'unread');
    const child = startPavlov([
      ...['train', ...SMALL, '--steps', '1000000', '--out', out],
      ...['--set', 'train.evalEvery=1', '--set', 'train.saveBest=false', '--set', 'train.saveEvery=null'],
    ]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await ended(child);
    expect([code, stderr]).toEqual([0, '']);
    expect((await loadCheckpoint(out)).step).toBeGreaterThan(0);
  });
});

describe('pavlov train refuses', () => {
  it.each([
    [
      ['--preset', 'smok'],
      2,
      "preset: expected one of start | smoke | tiny | small | base, got 'smok'; did you mean 'smoke'?\n",
    ],
    [['--stpes', '3'], 2, "pavlov train: unknown option '--stpes'; did you mean '--steps'?\n"],
    [
      ['--data', '/no/such/stories'],
      3,
      "data: expected 'toy', a folder, or a .txt, .jsonl or .parquet file, got '/no/such/stories', which is not there; check the path (a run whose data has moved takes --data), or fetch TinyStories with 'pavlov data tinystories'\n",
    ],
    [['--device', 'abacus'], 2, "config.engine.device: expected one of cpu | webgpu | cuda, got 'abacus'\n"],
    [
      ['--on-nonfinite', 'skp'],
      2,
      "config.train.onNonFinite: expected one of stop | skip, got 'skp'; did you mean 'skip'?\n",
    ],
  ])('%j', async (args, exitCode, message) => {
    const out = join(folder, 'never');
    const { code, stdout, stderr } = await pavlovHere(['train', ...SMALL, '--out', out, ...args]);
    expect([code, stdout, stderr]).toEqual([exitCode, '', message]);
  });

  it('a run folder that holds a run', async () => {
    const out = join(folder, 'taken');
    expect((await pavlovHere(['train', ...SMALL, '--steps', '1', '--out', out])).code).toBe(0);
    const { code, stderr } = await pavlovHere(['train', ...SMALL, '--steps', '1', '--out', out]);
    expect([code, stderr]).toEqual([
      2,
      `config.out: expected a folder without a run, got '${out}' with ${join(out, 'step-000001')}; choose another folder, or go on with 'pavlov resume ${out}'\n`,
    ]);
  });

  it('a run folder that cannot be made', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'text');
    const { code, stderr } = await pavlovHere(['train', ...SMALL, '--out', join(file, 'run')]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^run folder .*\/file\/run: .*ENOTDIR.*\n$/);
  });

  it.skipIf(process.platform !== 'linux')('a file system that takes no folders', async () => {
    const { code, stderr } = await pavlovHere(['train', ...SMALL, '--out', '/sys/run']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^run folder \/sys\/run: .*(EPERM|EACCES|EROFS).*\n$/);
  });

  it.skipIf(process.getuid?.() === 0)('a folder that is read-only', async () => {
    const sealed = join(folder, 'sealed');
    mkdirSync(sealed);
    chmodSync(sealed, 0o500);
    const { code, stderr } = await pavlovHere(['train', ...SMALL, '--out', join(sealed, 'run')]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^run folder .*: .*EACCES.*\n$/);
    expect(existsSync(join(sealed, 'run'))).toBe(false);
  });
});

describe('pavlov resume refuses', () => {
  it('a folder with no checkpoint', async () => {
    const { code, stderr } = await pavlovHere(['resume', folder]);
    expect([code, stderr]).toEqual([
      3,
      `checkpoint ${folder}: expected a run folder with step-NNNNNN folders or one of these, got a folder with no checkpoint; check the path\n`,
    ]);
  });

  it('a change of the model', async () => {
    const out = join(folder, 'changed');
    await pavlovHere(['train', ...SMALL, '--steps', '1', '--out', out]);
    const { code, stderr } = await pavlovHere(['resume', out, '--set', 'model.width=24']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^config\.model: expected that of the run .*; train a new run to change it\n$/);
  });
});
