import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { ended, startPavlov } from '../support/pavlov.js';
import { Rng } from '../../src/core/rng.js';

const folder = temporaryFolder();

/** Words that hardly come twice, as in logs and tables: the most work for a tokenizer. */
function writeWords(megabytes: number): string {
  const path = join(folder, `words-${megabytes}.txt`);
  const rng = Rng.fromSeed(5);
  const word = (): string => rng.below(2 ** 31).toString(36);
  const story = (): string => `${Array.from({ length: 5000 }, word).join(' ')}\n<|endoftext|>\n`;
  writeFileSync(path, Array.from({ length: megabytes * 29 }, story).join(''));
  return path;
}

it.each(['training the tokenizer', 'encoding'])(
  'train, stopped by Ctrl-C while it is %s, ends and leaves nothing',
  async (work) => {
    const out = join(folder, 'run');
    const child = startPavlov(['train', '--preset', 'smoke', '--data', writeWords(20), '--out', out]);
    child.stdout?.on('data', (chunk: Buffer) => {
      if (String(chunk).includes(work)) child.kill('SIGINT');
    });
    expect(await ended(child)).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('SIGINT') as string,
    });
    expect(existsSync(out)).toBe(false);
  },
);
