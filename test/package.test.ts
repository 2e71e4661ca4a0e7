import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from './support/folder.js';
import { ROOM_FOLDERS } from './support/roomRules.js';
import { sourceFiles } from './support/sourceFacts.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = temporaryFolder();

// The cast: our own package.json.
const { sideEffects, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly sideEffects?: boolean;
  readonly engines: Readonly<Record<string, string>>;
};

const text = ROOM_FOLDERS.flatMap((name) => sourceFiles(root, name))
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');

describe('a build', () => {
  const project = join(folder, 'project');
  const [main, source] = ['dist/cli/main.js', 'cli/main.ts'].map((path) => join(project, path)) as [
    string,
    string,
  ];
  const build = () => {
    const script = join(root, 'scripts/build.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, project], { encoding: 'utf8' });
    return { status, stderr, left: readdirSync(project).filter((name) => name.startsWith('dist')) };
  };
  /** Makes one of our packages one of the project's. */
  const link = (name: string): void => {
    mkdirSync(join(project, 'node_modules'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name), 'junction');
  };
  const outputOf = (program: string): unknown => {
    const args = ['--input-type=module', '--eval', program];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  };
  mkdirSync(join(project, 'cli'), { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "bin": "dist/cli/main.js" }');
  const compilerOptions = {
    rootDir: '.',
    module: 'nodenext',
    target: 'es2022',
    types: [],
    noEmitOnError: true,
  };
  writeFileSync(join(project, 'tsconfig.build.json'), JSON.stringify({ compilerOptions, include: ['cli'] }));
  writeFileSync(source, 'export const one: number = 1;\n');

  it('makes the command executable and known to npx', () => {
    expect(build()).toEqual({ status: 0, stderr: 'building dist\n', left: ['dist'] });
    expect(realpathSync(join(project, 'node_modules/.bin/pavlov'))).toBe(realpathSync(main));
    expect(statSync(main).mode & 0o111).toBe(0o111);
  });

  it('does nothing when nothing has changed', () => {
    const before = statSync(main);
    expect(build()).toEqual({ status: 0, stderr: '', left: ['dist'] });
    expect([statSync(main).ino, statSync(main).mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  it('that fails leaves the last one as it was', () => {
    writeFileSync(source, 'export const one: number = false;\n');
    expect(build()).toMatchObject({ status: 1, left: ['dist'] });
    expect(readFileSync(main, 'utf8')).toContain('one = 1');
  });

  it('loads packages of CommonJS when something of them is used', () => {
    link('yaml');
    writeFileSync(
      source,
      "import { parse } from 'yaml';\nexport const read = (text: string): unknown => parse(text);\n",
    );
    expect(build()).toMatchObject({ status: 0 });
    const program = `
      import { createRequire } from 'node:module';
      const { cache } = createRequire(import.meta.url);
      const isLoaded = () => Object.keys(cache).some((path) => path.includes('yaml'));
      const { read } = await import(${JSON.stringify(pathToFileURL(main).href)});
      console.log(JSON.stringify([isLoaded(), read('a: 1'), isLoaded()]));`;
    expect(outputOf(program)).toEqual([false, { a: 1 }, true]);
  });

  it('has Zod inside, with its messages and its licence', () => {
    link('zod');
    writeFileSync(
      source,
      "import { z } from 'zod';\nexport const tell = (): unknown => z.number().safeParse('a').error?.issues;\n",
    );
    expect(build()).toMatchObject({ status: 0 });
    const program = `
      const { tell } = await import(${JSON.stringify(pathToFileURL(main).href)});
      console.log(JSON.stringify(tell()));`;
    expect(outputOf(program)).toEqual(z.number().safeParse('a').error?.issues);
    expect(readFileSync(main, 'utf8')).not.toMatch(/from ["']zod/);
    expect(readFileSync(join(project, 'dist/LICENSES.txt'), 'utf8')).toMatch(/^zod [\d.]+\n\nMIT License/);
  });

  it('takes the place of the last one, of which nothing stays', () => {
    writeFileSync(join(project, 'dist/stale.js'), '');
    writeFileSync(source, 'export const two: number = 2;\n');
    expect(build()).toMatchObject({ status: 0, left: ['dist'] });
    expect(readFileSync(main, 'utf8')).toContain('two = 2');
    expect(existsSync(join(project, 'dist/stale.js'))).toBe(false);
  });
});

it('an install runs no script of a dependency, by a setting that every npm knows', () => {
  const lines = readFileSync(join(root, '.npmrc'), 'utf8').split('\n');
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual(['ignore-scripts=true']);
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
