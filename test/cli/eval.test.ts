import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeStories, loadCorpus, sketchStories, storyCount, takeStories } from '../../data/index.js';
import { hashFile } from '../../data/text/corpus/fingerprint.js';
import { probes, runProbes, type Finding, type ProbeResult } from '../../eval/index.js';
import { Rng } from '../../src/core/rng.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { pavlovHere } from '../support/pavlov.js';
import { temporaryFolder } from '../support/folder.js';
import { saveUntrainedRun, type UntrainedRun } from '../support/untrainedRun.js';

const folder = temporaryFolder();
const run = join(folder, 'run');
let saved: UntrainedRun;

beforeAll(async () => {
  saved = await saveUntrainedRun(run);
});

interface Document {
  readonly checkpoint: string;
  readonly step: number;
  readonly data: string;
  readonly scored: string;
  readonly results: readonly ProbeResult[];
  readonly files: readonly string[];
  readonly summary: readonly Finding[];
  readonly notes: readonly { readonly probe: string; readonly note: string }[];
}

function parse(text: string): Document {
  // The cast: the fields are checked where they are used.
  return JSON.parse(text) as Document;
}

describe('pavlov eval', () => {
  it('--json gives what the probes give, and keeps the same in the run folder', async () => {
    const { code, stdout, stderr } = await pavlovHere([
      'eval',
      run,
      '--probes',
      'lm',
      '--stories',
      '20',
      '--json',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    const { results, files, summary, ...rest } = parse(stdout);
    const scored = '20 validation stories of toy';
    const source = { checkpoint: saved.path, step: 0, data: 'toy', scored, seed: 1 };
    expect(rest).toEqual({ ...source, notes: [] });
    const kept = join(run, 'eval', 'step-000000');
    const names = ['lm.json', 'results.csv', 'results.md', 'report.html'];
    expect(files).toEqual(names.map((name) => join(kept, name)));
    // Training on the same text knows more than an untrained model, and the page says so.
    expect(summary).toMatchObject([{ topic: 'loss' }]);
    const { uniform = NaN, unigram = NaN, bigram = NaN } = results[0]?.baselines ?? {};
    expect(uniform).toBeGreaterThan(unigram);
    expect(unigram).toBeGreaterThan(bigram);
    expect(summary[0]?.text).toContain(`bigram ${bigram.toFixed(3)}`);
    const page = readFileSync(join(kept, 'report.html'), 'utf8');
    expect(page).toContain(`<data value="${results[0]?.value}">`);
    expect(page).toContain(`bigram ${bigram.toFixed(3)}`);
    expect(JSON.parse(readFileSync(join(kept, 'lm.json'), 'utf8'))).toEqual({
      ...source,
      probe: 'lm',
      results,
    });
    const [head, first] = readFileSync(join(kept, 'results.csv'), 'utf8').split('\n');
    expect(head).toBe('probe,metric,part,value,low,high,unit,n,baselines');
    expect(first).toContain(`lm,natsPerToken,,${results[0]?.value},`);
    expect(readFileSync(join(kept, 'results.md'), 'utf8')).toContain(
      `| lm | natsPerToken | ${results[0]?.value.toFixed(4)} |`,
    );
    const engine = await createEngine({ threads: 1 });
    const [wanted] = await runProbes(['lm'], {
      engine,
      model: saved.model,
      tokenizer: saved.tokenizer,
      shape: { batchSize: 16, sequenceLength: 64 },
      validation: takeStories(saved.validation, 20),
      rng: Rng.fromSeed(1),
    });
    await engine.dispose();
    const measured = (found: readonly ProbeResult[] = []) =>
      found.map((result) => ({ ...result, baselines: {} }));
    expect(measured(results)).toEqual(measured(wanted?.results));
  });

  it('prints a table of the metrics and one of the places', async () => {
    const out = join(folder, 'elsewhere');
    const args = ['--probes', 'lm', '--stories', '5', '--engine', 'eager', '--out', out];
    const { code, stdout } = await pavlovHere(['eval', run, ...args]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^probe +metric +value +low +high +unit +n +baselines$/m);
    expect(stdout).toMatch(
      /^lm +natsPerToken +\d\.\d{4} +\d\.\d{4} +\d\.\d{4} +nats\/token +5 +uniform \d\.\d{4}, unigram \d\.\d{4}, bigram/m,
    );
    expect(stdout).toMatch(/^lm +bitsPerByte +\d\.\d{4} +\d\.\d{4} +\d\.\d{4} +bits\/byte +5 +uniform/m);
    expect(stdout).toMatch(/^position 8-15 +\d\.\d{4} +\d\.\d{4} +\d\.\d{4} +5$/m);
    expect(stdout).toContain('\n\nscored 5 validation stories of toy\n\nloss    ');
    expect(stdout.endsWith(`\nreport  ${join(out, 'report.html')}\n`)).toBe(true);
    expect(existsSync(join(out, 'lm.json'))).toBe(true);
  });

  it('runs every probe, and draws what each head wrote and read on a prompt', async () => {
    const out = join(folder, 'all');
    const prompt = 'Dora had a red ball. Dora gave the';
    const args = ['--probes', 'all', '--stories', '30', '--prompt', prompt, '--out', out, '--json'];
    const { code, stdout } = await pavlovHere(['eval', run, ...args]);
    expect(code).toBe(0);
    const { results, files, notes } = parse(stdout);
    const names = Object.keys(probes);
    const measured = new Set(results.map(({ probe }) => probe));
    const lost = notes.filter(({ note }) => note.startsWith('not measured'));
    expect(lost.map(({ probe }) => probe)).toEqual(names.filter((name) => !measured.has(name)));
    // A vocabulary of 300 has too few names of one token.
    expect(lost[0]?.note).toMatch(
      /^not measured: probe story-recall: no questions about a name: expected at least 8 stories .*, got 0; /,
    );
    expect(files).toEqual(expect.arrayContaining(names.map((name) => join(out, `${name}.json`))));
    const { details } = JSON.parse(readFileSync(join(out, 'memory.json'), 'utf8')) as {
      details: { tokens: string[]; heads: { head: string; strengths: number[][] }[] };
    };
    expect(details.tokens.join('')).toBe(`<start>${prompt}`);
    expect(details.heads[0]?.strengths.map((row) => row.length)).toEqual(details.tokens.map((_, t) => t + 1));
    expect(readFileSync(join(out, 'memory-block-0-head-0.svg'), 'utf8')).toMatch(/^<svg /);
    expect(readFileSync(join(out, 'results.md'), 'utf8')).toContain('](copy-accuracy.svg)');
  });

  it('refuses a probe by name that the stories do not suffice for', async () => {
    const { code, stderr } = await pavlovHere(['eval', run, '--probes', 'state', '--stories', '2']);
    expect([code, stderr]).toEqual([
      3,
      'probe state: expected at least 4 validation stories of at least 8 tokens, got 2; name more or longer stories with --data\n',
    ]);
  });

  it('scores all of other data that has no validation stories, and of the own data those held out', async () => {
    const file = join(folder, 'stories.txt');
    const stories = Array.from({ length: 40 }, (_, i) => `Story ${i} about a cat.`);
    writeFileSync(file, stories.join('\n<|endoftext|>\n'));
    const scored = async (from: string, ...more: string[]): Promise<readonly unknown[]> => {
      const args = ['eval', from, '--probes', 'lm', '--data', file, '--json', ...more];
      const document = parse((await pavlovHere(args)).stdout);
      return [document.data, document.results[0]?.n, document.scored];
    };
    expect(await scored(run)).toEqual([file, 40, `all 40 stories of ${file}`]);
    expect(await scored(run, '--stories', '3')).toEqual([file, 3, `3 stories of ${file}`]);
    const own = join(folder, 'own');
    await saveUntrainedRun(own, [`data.source=${file}`]);
    expect(await scored(own)).toEqual([file, 2, `2 stories held out of training of ${file}`]);
  });

  it('takes a copy of the training text, and a link to it, for what it is', async () => {
    const file = join(folder, 'trained.txt');
    const stories = Array.from({ length: 40 }, (_, i) => `Tale ${i} about a dog.`);
    writeFileSync(file, stories.join('\n<|endoftext|>\n'));
    const own = join(folder, 'own-text');
    const { sha256 } = await hashFile(file);
    await saveUntrainedRun(own, [`data.source=${file}`], { files: [sha256] });
    const [copy, link] = [join(folder, 'copy.txt'), join(folder, 'link.txt')];
    copyFileSync(file, copy);
    symlinkSync(file, link);
    for (const data of [copy, link]) {
      const { stdout } = await pavlovHere(['eval', own, '--probes', 'lm', '--data', data, '--json']);
      const { scored, files } = parse(stdout);
      expect(scored).toBe(`2 stories held out of training of ${data}`);
      expect(files[0]).toBe(join(own, 'eval', 'step-000000', 'lm.json'));
    }
    const { stdout } = await pavlovHere(['eval', own, '--probes', 'lm', '--data', 'toy', '--json']);
    expect(parse(stdout).files[0]).toMatch(/step-000000-[0-9a-f]{8}.lm\.json$/);
  });

  it('says how many of the stories the run was trained on, whatever file they come in', async () => {
    const data = join(folder, 'split');
    mkdirSync(data);
    const stories = Array.from({ length: 30 }, (_, i) => `Fable ${i} about a fox.`);
    const marked = (texts: readonly string[]): string => texts.join('\n<|endoftext|>\n');
    writeFileSync(join(data, 'train.txt'), marked(stories.slice(0, 20)));
    writeFileSync(join(data, 'val.txt'), marked(stories.slice(20)));
    const own = join(folder, 'split-run');
    const corpus = await loadCorpus(data);
    const { tokenizer } = saved;
    await saveUntrainedRun(own, [`data.source=${data}`], {
      files: corpus.files.map(({ sha256 }) => sha256).sort(),
      stories: await sketchStories(encodeStories(corpus.train, tokenizer)),
    });
    const scored = async (...args: string[]): Promise<string> => {
      const { stdout } = await pavlovHere(['eval', own, '--probes', 'lm', '--json', ...args]);
      return parse(stdout).scored;
    };
    const part = join(folder, 'part.jsonl');
    writeFileSync(
      part,
      stories
        .slice(15, 22)
        .map((text) => JSON.stringify({ text }))
        .join('\r\n'),
    );
    expect(await scored()).toBe(`10 validation stories of ${data}`);
    const val = join(data, 'val.txt');
    expect(await scored('--data', val)).toBe(`all 10 stories of ${val}`);
    const train = join(data, 'train.txt');
    expect(await scored('--data', train)).toBe(
      `all 20 stories of ${train}, 20 of which the run was trained on`,
    );
    expect(await scored('--data', part)).toBe(`all 7 stories of ${part}, 5 of which the run was trained on`);
    const kept = readdirSync(join(own, 'eval')).map((name) => join(own, 'eval', name, 'results.md'));
    expect(
      kept.some((file) => readFileSync(file, 'utf8').includes('5 of which the run was trained on')),
    ).toBe(true);

    // Of other text in the same place nobody knows what was held out.
    writeFileSync(train, marked(stories.slice(5, 20)));
    const { code, stderr } = await pavlovHere(['eval', own, '--probes', 'lm']);
    expect(code).toBe(3);
    expect(stderr).toContain(`data ${data}: expected the text that the run was trained on, got other text; `);
    expect(await scored('--data', data)).toBe(`10 validation stories of ${data}`);
  });

  it('writes nothing around a checkpoint that lies among other files', async () => {
    const project = join(folder, 'project');
    mkdirSync(project);
    cpSync(saved.path, join(project, 'model'), { recursive: true });
    const args = ['eval', join(project, 'model'), '--probes', 'lm', '--stories', '5'];
    const { code, stdout } = await pavlovHere(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/not kept: name a folder with --out\n$/);
    expect(readdirSync(project)).toEqual(['model']);
  });

  it('replaces results of its own in --out, and refuses a folder with other files', async () => {
    const [own, theirs] = [join(folder, 'own-results'), join(folder, 'their-results')];
    const evaluated = (out: string): ReturnType<typeof pavlovHere> =>
      pavlovHere(['eval', run, '--probes', 'lm', '--stories', '5', '--out', out]);
    expect([(await evaluated(own)).code, (await evaluated(own)).code]).toEqual([0, 0]);
    mkdirSync(theirs);
    writeFileSync(join(theirs, 'results.csv'), 'mine');
    writeFileSync(join(theirs, 'lm.json'), '{"mine":1}');
    const { code, stderr } = await evaluated(theirs);
    expect([code, stderr]).toEqual([
      2,
      `--out: '${theirs}' holds files that are not such results (lm.json, results.csv); choose another folder\n`,
    ]);
    expect(readFileSync(join(theirs, 'results.csv'), 'utf8')).toBe('mine');
  });

  it('that cannot keep its results says so before it measures', async () => {
    const taken = join(folder, 'taken');
    writeFileSync(taken, '');
    const { code, stdout, stderr } = await pavlovHere([
      'eval',
      run,
      '--probes',
      'state',
      '--stories',
      '2',
      '--out',
      taken,
    ]);
    // Measuring would be refused for too few stories.
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain(
      `folder for results ${taken}: expected to write to it (another is named with --out)`,
    );
  });

  it.each([
    [
      ['--probes', 'ml'],
      2,
      `--probes: expected one of ${Object.keys(probes).join(' | ')}, got 'ml'; did you mean 'lm'?\n`,
    ],
    [['--stories', '-1'], 2, "--stories: expected a whole number of at least 1, got '-1'\n"],
    [
      ['--data', '/no/such/file.txt'],
      3,
      "data: expected 'toy', a folder, or a .txt, .jsonl or .parquet file, got '/no/such/file.txt', which is not there; check the path (a run whose data has moved takes --data), or fetch TinyStories with 'pavlov data tinystories'\n",
    ],
  ])('refuses %j', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await pavlovHere(['eval', run, ...args]);
    expect([code, stdout, stderr]).toEqual([exitCode, '', message]);
  });

  it('a damaged checkpoint is named, with an exit code of its own', async () => {
    const broken = join(folder, 'broken');
    const { path } = await saveUntrainedRun(broken);
    const weights = join(path, 'weights.safetensors');
    writeFileSync(weights, readFileSync(weights).subarray(0, -100));
    const { code, stdout, stderr } = await pavlovHere(['eval', broken, '--json']);
    const message = 'checkpoint step-000000: weights.safetensors ends 100 bytes early; the file was cut off';
    expect([code, stderr]).toEqual([3, `${message}\n`]);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'CHECKPOINT', message } });
  });

  it('the set it scores is the one the tokenizer of the run makes', () => {
    expect(storyCount(saved.validation)).toBe(200);
    expect(encodeStories(['A cat.'], saved.tokenizer).vocabularySize).toBe(saved.model.config.vocabularySize);
  });
});
