import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeCorpus, loadCorpus, tokenizerFor } from '../../../data/index.js';
import { temporaryFolder } from '../../support/folder.js';

const folder = temporaryFolder();

it.each(['../../x', '/x', '..', 'a/b', 'c\\d'])(
  'stays in the cache folder whatever a corpus is called: %s',
  async (name) => {
    const cacheDir = join(folder, 'a', 'b', 'cache');
    mkdirSync(cacheDir, { recursive: true });
    const corpus = {
      ...(await loadCorpus('toy', { toy: { trainStories: 20, validationStories: 2 } })),
      name,
    };
    const before = readdirSync(cacheDir).length;
    await encodeCorpus(corpus, await tokenizerFor(corpus, 'bytes', { vocabularySize: 257 }), { cacheDir });
    expect(readdirSync(cacheDir)).toHaveLength(before + 1);
    expect([
      readdirSync(folder),
      readdirSync(join(folder, 'a')),
      readdirSync(join(folder, 'a', 'b')),
    ]).toEqual([['a'], ['b'], ['cache']]);
  },
);
