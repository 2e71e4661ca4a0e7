import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadCorpus, prepareCorpus } from '../../../data/index.js';
import { trainTokenizer } from '../../support/trainTokenizer.js';
import { useTempFolder } from './support/tempFolder.js';

const folder = useTempFolder();
const toy = () => loadCorpus('toy', { toy: { trainStories: 60, validationStories: 10 } });

it('prepareCorpus removes what killed processes left of the same folder, and nothing else', async () => {
  const left = [
    'set.4194305.part',
    'set.4194306.part',
    `set.${process.ppid}.part`,
    'set2.4194305.part',
    'set.part',
  ];
  for (const name of left) mkdirSync(join(folder.path, name));
  await prepareCorpus(await toy(), trainTokenizer('bytes'), join(folder.path, 'set'));
  expect(readdirSync(folder.path).sort()).toEqual([...left.slice(2), 'set'].sort());
});
