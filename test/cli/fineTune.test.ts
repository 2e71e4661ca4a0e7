import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/checkpoint/store.js';
import { pavlov, pavlovHere } from '../support/pavlov.js';
import { temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();

/** The smallest run that does something. */
const SMALL = [
  ...['model.width=8', 'model.layers=1', 'model.heads=1', 'model.mlpWidth=8', 'model.keySize=4'],
  ...['tokenizer.vocabularySize=300', 'train.batchSize=2', 'train.evalStories=2', 'sample.maxTokens=4'],
  ...['train.diagnosticsEvery=null', 'train.evalEvery=null', 'data.cacheFolder=null', 'engine.threads=1'],
  ...['data.trainStories=50', 'train.sequenceLength=16', 'train.finalEvalTokens=500'],
].flatMap((set) => ['--set', set]);

const other = join(folder, 'other.txt');
writeFileSync(other, 'A cat sat on a mat.\n<|endoftext|>\n'.repeat(60));

const rule = join(folder, 'own.ts');
copyFileSync(new URL('../../examples/pearceHall.ts', import.meta.url), rule);

describe('pavlov train --from', () => {
  const base = join(folder, 'base');

  it('goes on with the weights on other text, in a folder of its own', async () => {
    const first = await pavlovHere(['train', ...SMALL, '--steps', '2', '--out', base, '--json']);
    expect(first).toMatchObject({ code: 0 });
    const out = join(folder, 'tuned');
    const tuned = await pavlovHere([
      ...['train', '--from', base, '--data', other, '--steps', '3', '--stop-after', '1', '--out', out],
    ]);
    expect(tuned).toMatchObject({ code: 0 });
    expect((await pavlovHere(['resume', out, '--json'])).code).toBe(0);
    const { config, step } = await loadCheckpoint(out);
    expect(step).toBe(3);
    expect(config).toMatchObject({ from: { step: 2 }, data: { source: other }, train: { batchSize: 2 } });
  });

  it.each([
    [['--preset', 'tiny'], "--preset: a run with --from has the settings of the checkpoint, got 'tiny' too"],
    [['--rule', 'oja'], 'config.model: expected that of the checkpoint to be fine-tuned'],
    [['--set', 'tokenizer.vocabularySize=400'], 'config.tokenizer: expected that of the checkpoint'],
  ])('refuses %s', async (flags, message) => {
    const { code, stderr } = await pavlovHere(['train', '--from', base, '--data', other, ...flags]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) as string });
  });

  it('takes a run with a rule of the user from its trusted file', async () => {
    const [own, out] = [join(folder, 'own'), join(folder, 'own-tuned')];
    const trained = await pavlov(['train', ...SMALL, '--rule', rule, '--steps', '1', '--out', own]);
    expect(trained).toMatchObject({ code: 0 });
    const tuned = await pavlov(['train', '--from', own, '--data', other, '--steps', '1', '--out', out]);
    expect(tuned).toMatchObject({ code: 0 });
    const { config } = await loadCheckpoint(out);
    expect(config.plugIns).toMatchObject([{ kind: 'rule', path: rule }]);
  });
});
