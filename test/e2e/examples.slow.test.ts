import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { verbs } from '../../cli/verbs/registry.js';
import { temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();
const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const command = join(folder, 'pavlov');
writeFileSync(
  command,
  `#!/bin/sh\nexec "${process.execPath}" --import "${import.meta.resolve('tsx')}" "${main}" "$@"\n`,
);
chmodSync(command, 0o755);

// In the registry's order: the first verb trains what the others take.
it.each(verbs.map(({ name, example }) => [name, example]))(
  'the example of %s works as it stands',
  (_name, example) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', example], {
      cwd: folder,
      env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout === '' ? example : stdout).toMatch(/\S/);
  },
);
