import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ConfigError } from '../../../src/core/errors.js';
import { checkConfig, resolveConfig } from '../../../train/config/resolveConfig.js';
import { temporaryFolder } from '../../support/folder.js';

it('names the new key for an old one, in a file, a set and a saved config', async () => {
  const file = join(temporaryFolder(), 'old.yaml');
  writeFileSync(file, 'train:\n  rows: 4\n  length: 8\n');
  const given = resolveConfig({ file, sets: ['train.accumulate=2', 'sample.tokens=5'] });
  const lines = await given.then(
    () => [],
    (error: unknown) => (error as ConfigError).message.split('\n'),
  );
  expect(lines).toEqual([
    expect.stringMatching(
      /^config\.train\.rows \(.*old\.yaml:2:9\): unknown key; it is now train\.batchSize$/,
    ),
    expect.stringMatching(
      /^config\.train\.length \(.*old\.yaml:3:11\): unknown key; it is now train\.sequenceLength$/,
    ),
    'config.train.accumulate: unknown key; it is now train.accumulationSteps',
    'config.sample.tokens: unknown key; it is now sample.maxTokens',
  ]);
  const { tokenizer, train, ...rest } = await resolveConfig();
  const { evalBatchSize: evalRows, diagnosticsEvery: histogramEvery, ...others } = train;
  const saved = {
    ...rest,
    tokenizer: { name: tokenizer.name, vocabulary: 512 },
    train: { ...others, evalRows, histogramEvery },
  };
  expect(() => checkConfig(saved)).toThrow(
    new ConfigError(
      [
        'config.tokenizer.vocabulary: unknown key; it is now tokenizer.vocabularySize',
        'config.train.evalRows: unknown key; it is now train.evalBatchSize',
        'config.train.histogramEvery: unknown key; it is now train.diagnosticsEvery',
      ].join('\n'),
    ),
  );
});
