import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeStories, storyCount, takeStories } from '../../data/index.js';
import { probes, runProbes, type ProbeResult } from '../../eval/index.js';
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
  readonly results: readonly ProbeResult[];
  readonly files: readonly string[];
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
    const { results, files, ...rest } = parse(stdout);
    const source = { checkpoint: saved.path, step: 0, data: 'toy', seed: 1 };
    expect(rest).toEqual({ ...source, notes: [] });
    const kept = join(run, 'eval', 'step-000000');
    expect(files).toEqual(['lm.json', 'results.csv', 'results.md'].map((name) => join(kept, name)));
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
    const engine = await createEngine();
    const [wanted] = await runProbes(['lm'], {
      ...{ engine, model: saved.model, tokenizer: saved.tokenizer, shape: { rows: 16, length: 64 } },
      validation: takeStories(saved.validation, 20),
      rng: Rng.fromSeed(1),
    });
    await engine.dispose();
    expect(results).toEqual(wanted?.results);
  });

  it('prints a table of the metrics and one of the places', async () => {
    const out = join(folder, 'elsewhere');
    const args = ['--probes', 'lm', '--stories', '5', '--engine', 'eager', '--out', out];
    const { code, stdout } = await pavlovHere(['eval', run, ...args]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^probe +metric +value +low +high +unit +n +baselines$/m);
    expect(stdout).toMatch(
      /^lm +natsPerToken +\d\.\d{4} +\d\.\d{4} +\d\.\d{4} +nats\/token +5 +uniform \d\.\d{4}$/m,
    );
    expect(stdout).toMatch(/^lm +bitsPerByte +\d\.\d{4} +\d\.\d{4} +\d\.\d{4} +bits\/byte +5$/m);
    expect(stdout).toMatch(/^position 8-15 +\d\.\d{4} +\d\.\d{4} +\d\.\d{4} +5$/m);
    expect(stdout).toContain(`written to ${out}\n`);
    expect(existsSync(join(out, 'lm.json'))).toBe(true);
  });

  it('reads other data with --data', async () => {
    const file = join(folder, 'stories.txt');
    const stories = Array.from({ length: 40 }, (_, i) => `Story ${i} about a cat.`);
    writeFileSync(file, stories.join('\n<|endoftext|>\n'));
    const { stdout } = await pavlovHere(['eval', run, '--probes', 'lm', '--data', file, '--json']);
    const { data, results } = parse(stdout);
    const held = results[0]?.n ?? 0;
    expect(data).toBe(file);
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(40);
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
      "data: expected 'toy', a folder, or a .txt, .jsonl or .parquet file, got '/no/such/file.txt', which is not there; check the path, or fetch TinyStories with 'pavlov data tinystories'\n",
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
    expect(encodeStories(['A cat.'], saved.tokenizer).vocabularySize).toBe(saved.model.config.vocabulary);
  });
});
