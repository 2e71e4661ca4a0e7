import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

// The loader of sources would need the files itself; limits on open files are of Unix.
it.skipIf(process.platform === 'win32' || !existsSync(MAIN)).each([20, 24, 30, 40])(
  'with at most %d open files says so, without a stack',
  (limit) => {
    const { status, stderr } = spawnSync('sh', ['-c', `ulimit -n ${limit}; exec node "$0" config`, MAIN], {
      encoding: 'utf8',
    });
    expect([2, 3]).toContain(status);
    expect(stderr).toMatch(/^[^\n]*too (many|few) files[^\n]*\n$/);
  },
);
