import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeStories, loadCorpus, sketchStories, tokenizerFromJson } from '../../data/index.js';
import { loadCheckpoint } from '../../src/checkpoint/store.js';
import { CheckpointError, ConfigError, DataError, NonFiniteError } from '../../src/core/errors.js';
import type { Progress } from '../../data/index.js';
import type { PartialConfig } from '../../train/config/schema.js';
import type { TrainEvent } from '../../train/events.js';
import { failure, metricsOf, ofType, resume, Runner } from './runner.js';
import { bytesOf, writeStories } from './smallRun.js';

let runner: Runner;
const train: Runner['train'] = async (overrides, how) => runner.train(overrides, how);

beforeAll(async () => {
  runner = await Runner.create();
});
afterAll(async () => {
  await runner.dispose();
});

describe('a run that cannot go on', () => {
  it('refuses a folder that holds a run, and changes nothing in it', async () => {
    const { out } = await train({ train: { steps: 2 } });
    const before = await bytesOf(out, 2);
    const message = await failure(ConfigError, train({}, { out }));
    expect(message).toContain(`config.out: expected a folder without a run, got '${out}'`);
    expect(message).toContain(`pavlov resume ${out}`);
    expect(await bytesOf(out, 2)).toEqual(before);
  });

  it('leaves files of other origin alone, also those named as its own', async () => {
    const out = runner.newFolder();
    await mkdir(out);
    const own = { 'config.json': '{"my":1}', 'metrics.jsonl': '{"epoch":1}\n', 'sample.txt': 'hi' };
    for (const [name, text] of Object.entries(own)) await writeFile(join(out, name), text);
    expect(await failure(ConfigError, train({}, { out }))).toBe(
      `config.out: '${out}' holds files that are not of a run (config.json, metrics.jsonl, sample.txt); choose another --out`,
    );
    for (const [name, text] of Object.entries(own))
      expect(await readFile(join(out, name), 'utf8')).toBe(text);
    expect((await readdir(out)).sort()).toEqual(Object.keys(own));
  });

  it('writes through no link in a run folder from elsewhere', async () => {
    const { out } = await train({ train: { steps: 2 }, sample: { maxTokens: 2 } });
    const theirs = join(runner.home, 'theirs.txt');
    await writeFile(theirs, '');
    for (const name of ['metrics.jsonl', 'sample.txt', 'config.json']) {
      const text = name === 'config.json' ? await readFile(join(out, name), 'utf8') : '';
      await writeFile(`${theirs}.${name}`, text);
      await rm(join(out, name));
      await symlink(`${theirs}.${name}`, join(out, name));
    }
    await resume(out, { sets: ['train.steps=4'] });
    for (const name of ['metrics.jsonl', 'sample.txt']) {
      expect(await readFile(`${theirs}.${name}`, 'utf8')).toBe('');
      expect(await readFile(join(out, name), 'utf8')).not.toBe('');
    }
  });

  it('names the run folder whose logs cannot be opened', async () => {
    const { out } = await train({ train: { steps: 2 } });
    await rm(join(out, 'metrics.jsonl'));
    await mkdir(join(out, 'metrics.jsonl'));
    expect(await failure(CheckpointError, resume(out, { sets: ['train.steps=4'] }))).toMatch(
      /^run folder .*: expected to write its logs, got EISDIR; /,
    );
  });

  it('begins anew in a folder where a run was killed before its first checkpoint', async () => {
    const { out } = await train({ train: { steps: 2 } });
    await rm(join(out, 'step-000002'), { recursive: true });
    expect((await train({ train: { steps: 2 } }, { out })).summary.step).toBe(2);
  });

  it('refuses a run folder that is the data folder, in it, or around it', async () => {
    const link = join(runner.home, 'link');
    await symlink(runner.source, link);
    for (const out of [runner.source, join(runner.source, 'run'), runner.home, join(link, 'run')]) {
      expect(await failure(ConfigError, train({}, { out }))).toBe(
        `config.out: expected a folder apart from the data folder '${runner.source}', got '${out}'; choose another --out`,
      );
    }
    expect((await readdir(runner.source)).sort()).toEqual(['train.txt', 'val.txt']);
  });

  it.each(['model', 'step-000002'])('resumes no checkpoint copied among other files, as %s', async (name) => {
    const { out } = await train({ train: { steps: 2 } });
    const project = runner.newFolder();
    await cp(join(out, 'step-000002'), join(project, name), { recursive: true });
    await writeFile(join(project, 'metrics.jsonl'), '{"epoch":1}\n');
    const message = await failure(CheckpointError, resume(join(project, name), { sets: ['train.steps=3'] }));
    expect(message).toBe(
      `checkpoint ${join(project, name)}: expected it in the folder of its run, got ${project}, which is none; copy it as step-000002 into an empty folder and resume that folder`,
    );
    expect((await readdir(project)).sort()).toEqual(['metrics.jsonl', name].sort());
    const apart = runner.newFolder();
    await cp(join(out, 'step-000002'), join(apart, 'step-000002'), { recursive: true });
    expect((await resume(apart, { sets: ['train.steps=3'] })).step).toBe(3);
  });

  // A rate so high that the second update meets infinite activations.
  const ruin: PartialConfig = {
    optimizer: { learningRate: 1e30, clipNorm: null },
    schedule: { warmup: 0, name: 'constant' },
  };
  const quiet = { evalEvery: null, saveEvery: null, sampleEvery: null, diagnosticsEvery: null };

  it('stops at a loss that is not finite, with step, norm and last good checkpoint, saved just before', async () => {
    const events: TrainEvent[] = [];
    const out = runner.newFolder();
    const message = await failure(
      NonFiniteError,
      train({ ...ruin, train: { ...quiet, steps: 9 } }, { out, onEvent: (event) => events.push(event) }),
    );
    const [lost] = ofType(events, 'nonFinite');
    expect(lost!.skipped).toBe(1);
    expect(message).toContain(`train step ${lost!.step}: expected a finite loss and gradient`);
    expect(message).toContain(`gradient norm ${lost!.gradNorm}`);
    expect(message).toContain(join(out, `step-${String(lost!.step - 1).padStart(6, '0')}`));
    const { step, weights } = await loadCheckpoint(out);
    expect(step).toBe(lost!.step - 1);
    for (const { data } of weights.values()) expect((data as Float32Array).every(Number.isFinite)).toBe(true);
    expect((await metricsOf(out)).at(-1)).toMatchObject({ type: 'nonFinite', step: lost!.step });
    // Resumed, it meets the same batch again, and says the same.
    expect(await failure(NonFiniteError, resume(out))).toContain(
      `train step ${lost!.step}: expected a finite`,
    );
  });

  it('counts and goes on instead when told to', async () => {
    const events: TrainEvent[] = [];
    const run = train(
      { ...ruin, train: { ...quiet, steps: 9, onNonFinite: 'skip' } },
      { onEvent: (event) => events.push(event) },
    );
    // All updates are made or skipped; only the validation of such weights fails in the end.
    expect(await failure(NonFiniteError, run)).toContain('validation: expected finite nats');
    const skipped = ofType(events, 'nonFinite').map((event) => event.skipped);
    expect(skipped).toEqual(Array.from({ length: skipped.length }, (_, i) => i + 1));
    expect(skipped.length + ofType(events, 'step').length).toBe(9);
  });

  it('refuses to resume with another model, tokenizer or seed', async () => {
    const { out } = await train({ train: { steps: 2 } });
    expect(await failure(ConfigError, resume(out, { sets: ['model.width=32'] }))).toContain(
      'config.model: expected that of the run',
    );
    expect(await failure(ConfigError, resume(out, { sets: ['seed=9'] }))).toContain(
      'config.seed: expected that of the run (1), got 9',
    );
    expect(await failure(ConfigError, resume(out, { sets: ['train.stepz=9'] }))).toContain(
      "did you mean 'steps'?",
    );
  });

  it('refuses to resume with another optimizer, which has other moments', async () => {
    const { out } = await train({ train: { steps: 2 } });
    const message = await failure(
      CheckpointError,
      resume(out, { sets: ['optimizer.name=adamw', 'train.steps=3'] }),
    );
    expect(message).toContain(
      'checkpoint of step 2: optimizer.safetensors: expected the tensors of the config',
    );
    expect(message).toContain("'layers.0.head.");
  });

  it('keeps in its checkpoint by what its training stories are told again', async () => {
    const source = await writeStories(join(runner.home, 'sketched'));
    const { out } = await train({ data: { source }, train: { steps: 1 } });
    const { data, tokenizer } = await loadCheckpoint(out);
    const { train: stories } = await loadCorpus(source);
    const encoded = encodeStories(stories, tokenizerFromJson(tokenizer));
    expect(data?.stories).toBe(await sketchStories(encoded));
  });

  it('refuses to resume to an end that it is beyond, in steps and in tokens', async () => {
    const { out } = await train({ train: { steps: 3 } });
    expect(await failure(ConfigError, resume(out, { sets: ['train.steps=2'] }))).toBe(
      'config.train.steps: expected at least the 3 that the run has made, got 2; give more, or resume one of its earlier checkpoints',
    );
    const inTokens = { train: { steps: null, tokens: 96 } };
    expect(await failure(ConfigError, resume(out, { overrides: inTokens }))).toContain(
      'config.train.tokens: expected at least the 144 that the run has made, got 96',
    );
    expect((await loadCheckpoint(out)).step).toBe(3);
  });

  it('refuses to resume with another text', async () => {
    const { out } = await train({ train: { steps: 2 } });
    const other = await writeStories(join(runner.home, 'other'), 5);
    const message = await failure(
      DataError,
      resume(out, { overrides: { data: { source: other }, train: { steps: 3 } } }),
    );
    expect(message).toContain('bring that text back, or fine-tune on the other text with');
  });

  it.each([
    ['training', 'train.txt'],
    ['validation', 'val.txt'],
  ])('refuses to resume when the %s text has changed, of whatever length', async (split, name) => {
    const source = await writeStories(join(runner.home, `changed-${split}`));
    const { out } = await train({ data: { source }, train: { steps: 2 } });
    const text = await readFile(join(source, name), 'utf8');
    await writeFile(join(source, name), text.replace('the', 'teh'));
    expect(await failure(DataError, resume(out, { sets: ['train.steps=3'] }))).toBe(
      `data ${source}: expected the text that the checkpoint of step 2 was saved with, got other ${split} text; bring that text back, or fine-tune on the other text with 'pavlov train --from ${join(out, 'step-000002')} --data ${source}'`,
    );
    await writeFile(join(source, name), text);
    expect((await resume(out, { sets: ['train.steps=3'] })).step).toBe(3);
  });

  it('names the whole checkpoint before a damaged one, from which it then resumes', async () => {
    const { out } = await train({ train: { steps: 10 } });
    await truncate(join(out, 'step-000010', 'weights.safetensors'), 100);
    const message = await failure(CheckpointError, resume(out));
    expect(message).toContain(`the file was cut off; use ${join(out, 'step-000005')}`);
    expect(await resume(join(out, 'step-000005'))).toMatchObject({ type: 'done', step: 10 });
    expect((await loadCheckpoint(out)).step).toBe(10);
  });

  it('says when there is no text, and leaves no folder but one that was there', async () => {
    const out = runner.newFolder();
    await failure(DataError, train({ data: { source: join(runner.home, 'nowhere') } }, { out }));
    expect(existsSync(out)).toBe(false);
    await mkdir(out);
    await failure(DataError, train({ data: { source: join(runner.home, 'nowhere') } }, { out }));
    expect(await readdir(out)).toEqual([]);
    const deep = join(out, 'a', 'b');
    await writeFile(join(out, 'mine'), '');
    await failure(DataError, train({ data: { source: join(runner.home, 'nowhere') } }, { out: deep }));
    expect(await readdir(out)).toEqual(['mine']);
  });

  it.each([
    'reading train.txt',
    'training the tokenizer',
    'encoding the train stories',
    'hashing the tokens',
  ])('ends with the reason when it is stopped while it is %s, and leaves no folder', async (work) => {
    const out = runner.newFolder();
    const stop = new AbortController();
    const onProgress = ({ doing }: Progress): void => {
      if (doing === work) stop.abort(new Error('enough'));
    };
    const stopped = train({}, { out, onProgress, signal: stop.signal });
    await expect(stopped).rejects.toThrow('enough');
    expect(existsSync(out)).toBe(false);
  });

  it('says when its folder cannot be made', async () => {
    await writeFile(join(runner.home, 'file'), '');
    const message = await failure(CheckpointError, train({}, { out: join(runner.home, 'file', 'run') }));
    expect(message).toContain('a file is in the way; choose another folder');
  });
});
