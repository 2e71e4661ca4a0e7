import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { expect, it, vi } from 'vitest';
import { runCell } from '../../../experiments/grid/runCell.js';
import type { JsonObject } from '../../../src/checkpoint/manifest.js';
import { SpareSessions } from '../../../src/engine/graph/spareSessions.js';
import { resolveConfig } from '../../../train/config/resolveConfig.js';
import { temporaryFolder } from '../../support/folder.js';
import { microConfig } from '../../train/tasks/microTask.js';

it('a cell on stories tells of its work on text before it trains', async () => {
  const home = temporaryFolder();
  const config = await resolveConfig({
    preset: 'smoke',
    sets: ['train.steps=1', 'train.batchSize=2', 'model.layers=1', 'engine.name=eager', 'engine.backend=cpu'],
  });
  const stopping = new AbortController();
  const doing = new Set<string>();
  const context = {
    folder: mkdtempSync(join(home, 'cell-')),
    threads: 1,
    signal: stopping.signal,
    clock: () => 0,
    onProgress: ({ work, note }: { work?: { doing: string }; note?: string }) => {
      if (work) doing.add(work.doing);
      if (note?.startsWith('from step 0') === true) stopping.abort();
    },
  };
  // The cast: a config is JSON.
  expect(await runCell.train(JSON.parse(JSON.stringify(config)) as JsonObject, context)).toBeUndefined();
  expect([...doing]).toEqual(expect.arrayContaining(['training the tokenizer', 'hashing the tokens']));
});

it('a cell after others in its process comes to the same as one in a new process', async () => {
  const home = temporaryFolder();
  const spare = new SpareSessions();
  const config = await microConfig('induction', {
    engine: { name: 'graph', device: null, backend: null, threads: 1 },
  });
  const outcomeOf = async (seed: number, rest: { readonly spare?: SpareSessions } = {}): Promise<unknown> => {
    const raw = JSON.parse(JSON.stringify({ ...config, seed })) as JsonObject; // a config is JSON
    const context = {
      folder: mkdtempSync(join(home, 'cell-')),
      threads: 1,
      signal: new AbortController().signal,
      clock: () => 0,
      onProgress: () => undefined,
      ...rest,
    };
    return [await runCell.train(raw, context), await runCell.test(raw, context)];
  };
  await outcomeOf(1, { spare });
  const create = vi.spyOn(InferenceSession, 'create');
  const later = await outcomeOf(2, { spare });
  expect(create).not.toHaveBeenCalled();
  expect(later).toEqual(await outcomeOf(2));
  expect(create).toHaveBeenCalled();
});
