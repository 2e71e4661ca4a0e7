import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { openTrainedModel } from '../../eval/trainedModel.js';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../../src/checkpoint/store.js';
import type { JsonObject } from '../../src/checkpoint/manifest.js';
import { saveUntrainedRun } from '../support/untrainedRun.js';

let saved: Omit<Checkpoint, 'path' | 'run'>;
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'pavlov-trained-'));
beforeAll(async () => {
  const { path, run, ...contents } = await loadCheckpoint((await saveUntrainedRun(newFolder())).path);
  expect(path).not.toBe(run);
  saved = contents;
});

it('names the new key where a checkpoint has an old one', async () => {
  const folder = newFolder();
  const { sequenceLength: length, ...train } = saved.config.train as JsonObject;
  await saveCheckpoint(folder, { ...saved, config: { ...saved.config, train: { ...train, length } } });
  await expect(openTrainedModel(folder)).rejects.toThrow(
    /^checkpoint .*config\.train\.length: unknown key; it is now train\.sequenceLength$/,
  );
});

it('says so of a model key too', async () => {
  const folder = newFolder();
  await saveCheckpoint(folder, { ...saved, model: { width: 16, form: 'block' } });
  await expect(openTrainedModel(folder)).rejects.toThrow('config.model.form: unknown key; it is now part of');
});
