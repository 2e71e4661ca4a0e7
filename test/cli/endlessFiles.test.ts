import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { pavlovHere } from '../support/pavlov.js';
import { saveUntrainedRun } from '../support/untrainedRun.js';

const folder = temporaryFolder();

/** A file without an end, one that nobody writes to, and one larger than memory. */
const endless: Readonly<Record<string, (path: string) => void>> = {
  'a device': (path) => symlinkSync('/dev/zero', path),
  'a pipe': (path) => execFileSync('mkfifo', [path]),
  'a file of 5 GB': (path) => {
    writeFileSync(path, '');
    truncateSync(path, 5e9);
  },
};

it.skipIf(process.platform === 'win32').each(Object.entries(endless))(
  'no verb reads %s that stands in the place of a small file',
  async (_, make) => {
    const [file, text] = [join(folder, 'file.yaml'), join(folder, 'text.txt')];
    const [run, broken] = [join(folder, 'run'), join(folder, 'broken')];
    for (const path of [file, text, run, broken]) rmSync(path, { recursive: true, force: true });
    make(file);
    symlinkSync(file, text);
    const { path } = await saveUntrainedRun(run);
    cpSync(path, broken, { recursive: true });
    rmSync(join(broken, 'manifest.json'));
    make(join(broken, 'manifest.json'));
    const refused = async (code: number, ...args: string[]): Promise<void> => {
      const ended = await pavlovHere(args);
      expect([args, ended.code, ended.stderr]).toEqual([
        args,
        code,
        expect.stringMatching(/NOT_A_FILE; it is a device|TOO_LARGE; it is larger/),
      ]);
    };
    await refused(2, 'config', '--config', file);
    await refused(3, 'lab', 'run', file);
    await refused(3, 'generate', run, '--file', file);
    await refused(3, 'eval', run, '--pairs', file);
    await refused(3, 'generate', broken);
    if (make !== endless['a file of 5 GB']) await refused(3, 'data', 'info', text);
  },
);
