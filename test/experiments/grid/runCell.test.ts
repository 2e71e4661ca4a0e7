import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCell } from '../../../experiments/grid/runCell.js';
import type { JsonObject } from '../../../src/checkpoint/manifest.js';
import { resolveConfig } from '../../../train/config/resolveConfig.js';
import { temporaryFolder } from '../../support/folder.js';

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
