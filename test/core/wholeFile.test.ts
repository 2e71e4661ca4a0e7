import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { readWhole } from '../../src/core/wholeFile.js';
import { temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();

it('reads a file up to its bound, and says with a code why it does not', async () => {
  const path = join(folder, 'a.txt');
  writeFileSync(path, 'four');
  expect((await readWhole(path, 4)).toString()).toBe('four');
  await expect(readWhole(path, 3)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  await expect(readWhole(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(readWhole(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});

it.runIf(process.platform === 'linux')(
  'opens few files at the same time, whoever asks for many',
  async () => {
    const paths = Array.from({ length: 300 }, (_, i) => join(folder, `${i}.txt`));
    for (const path of paths) writeFileSync(path, path);
    const opened = (): number => readdirSync('/proc/self/fd').length;
    const before = opened();
    let [most, ended] = [0, false];
    const all = Promise.all(paths.map((path) => readWhole(path))).finally(() => (ended = true));
    while (!ended) {
      most = Math.max(most, opened());
      await setImmediate();
    }
    expect((await all).map(String)).toEqual(paths);
    expect(most).toBeGreaterThan(before);
    expect(most - before).toBeLessThan(50);
  },
);
