import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from './support/folder.js';
import { ROOM_FOLDERS } from './support/roomRules.js';
import { sourceFiles } from './support/sourceFacts.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = temporaryFolder();

// The cast: our own package.json.
const { scripts, sideEffects, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly sideEffects?: boolean;
  readonly engines: Readonly<Record<string, string>>;
};

const text = ROOM_FOLDERS.flatMap((name) => sourceFiles(root, name))
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');

it('a build begins by removing what an earlier one left', () => {
  expect(scripts.build).toMatch(/^node scripts\/cleanDist\.mjs && tsc /);
  for (const name of ['scripts', 'dist/old']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'dist/old/stale.js'), '');
  const script = join(folder, 'scripts/cleanDist.mjs');
  copyFileSync(join(root, 'scripts/cleanDist.mjs'), script);
  for (let i = 0; i < 2; i++) execFileSync(process.execPath, [script]);
  expect([existsSync(join(folder, 'dist')), existsSync(script)]).toEqual([false, true]);
});

it('tells bundlers that modules work by being imported, as some do', () => {
  expect(text).toMatch(/^import '\.\/.+';$/m);
  expect(sideEffects).toBe(true);
});

it('asks for a Node that has what is used', () => {
  // Node 20.3 is the first with AbortSignal.any.
  expect(text).toContain('AbortSignal.any(');
  expect(engines.node).toBe('>=20.3');
});
