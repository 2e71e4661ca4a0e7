import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT, SITE_PAGES } from '../../scripts/docs/site.js';
import { temporaryFolder } from '../support/folder.js';
import { IS_BUILT } from '../support/pavlov.js';
import { parsePage, readPage, type Block } from './page.js';

/*
 * Blocks of TypeScript on the pages. Each is a module, type-checked against the package. Marks after the language:
 *   ts run         also runs; a block ```text output right after it holds what it prints, ... standing for anything
 *   ts my-rule.ts  is a file of this name that later blocks of the page import
 *   ts continued   goes on where the block before it ended
 */

const folder = temporaryFolder();
const pages = ['README.md', 'examples/README.md', ...SITE_PAGES.map((path) => `docs/${path}`)].map(readPage);

interface Module {
  readonly at: string;
  readonly file: string;
  readonly code: string;
  readonly isRun: boolean;
  readonly output: string | undefined;
}

/** The modules that the blocks of one page make. */
function modulesOf(blocks: readonly Block[], name: string): Module[] {
  const modules: Module[] = [];
  blocks.forEach(({ at, language, marks, code }, i) => {
    const next = blocks[i + 1];
    if (language !== 'ts') return;
    const output = next?.language === 'text' && next.marks.includes('output') ? next.code : undefined;
    const before = marks.includes('continued') ? modules.at(-1) : undefined;
    modules.push({
      at,
      file: join(name, marks.find((mark) => mark.endsWith('.ts')) ?? `block-${modules.length}.ts`),
      code: before ? `${before.code}\n{\n${code}\n}` : code,
      isRun: marks.includes('run'),
      output,
    });
  });
  return modules;
}

/** Complaints of the compiler about modules in a folder, for a user whose settings are strict. */
function complaints(root: string, modules: readonly Module[]): string[] {
  const files = modules.map(({ file }) => join(root, file));
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
    paths: { 'pavlov-lm': [join(ROOT, 'src/index.ts')], 'pavlov-lm/*': [join(ROOT, '*/index.ts')] },
  });
  return modules.flatMap(({ at, file }) => {
    const source = program.getSourceFile(join(root, file));
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText, start = 0 }) => {
      const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
      return `${at}, line ${line + 1} of the block: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

function write(root: string, modules: readonly Module[], text: (module: Module) => string): void {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  for (const module of modules) {
    const path = join(root, module.file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text(module));
  }
}

/** Where a module of the package is: as it is built where that is of these sources, else the source. */
function packageFile(entry: string): string {
  const name = entry === '' ? 'src' : entry;
  const path = IS_BUILT ? `dist/${name}/index.js` : `${name}/index.ts`;
  return JSON.stringify(pathToFileURL(join(ROOT, path)).href);
}

const SEPARATOR = '\u001e';

/** Runs modules one after the other in one process, each in its folder; what each printed. */
function run(root: string, modules: readonly Module[]): string[] {
  const runner = join(root, 'runner.mts');
  const steps = modules.map(({ at, file }) => {
    const path = join(root, file);
    return [
      `process.chdir(${JSON.stringify(dirname(path))});`,
      `try { await import(${JSON.stringify(pathToFileURL(path).href)}); }`,
      `catch (error) { console.log(${JSON.stringify(`${at} failed:`)}, error); }`,
      `console.log(${JSON.stringify(SEPARATOR)});`,
    ].join('\n');
  });
  writeFileSync(runner, steps.join('\n'));
  const args = ['--import', import.meta.resolve('tsx'), runner];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split(`${SEPARATOR}\n`).slice(0, -1);
}

/** Whether a text is what a page shows of it. */
function isShown(text: string, shown: string): boolean {
  const plain = (lines: string): string =>
    lines
      .split('\n')
      .map((line) => line.trim())
      .join('\n')
      .trim();
  const parts = plain(shown)
    .split('...')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`).test(plain(text));
}

const modules = pages.flatMap(({ path, blocks }) =>
  modulesOf(blocks, `${dirname(path).replaceAll('/', '-')}-${basename(path, '.md')}`),
);

/** A page that must not pass. */
const WRONG = `\`\`\`ts a.ts
import { nothing } from 'pavlov-lm';
\`\`\`

\`\`\`ts continued
const x: string = 1;
\`\`\`
`;

describe('blocks of TypeScript', () => {
  it('are good to the compiler, which a wrong name and a wrong type are not', { timeout: 180_000 }, () => {
    expect(modules.length).toBeGreaterThan(5);
    const root = join(folder, 'types');
    const all = [...modules, ...modulesOf(parsePage('wrong.md', WRONG).blocks, 'wrong')];
    write(root, all, ({ code }) => code);
    expect(complaints(root, all)).toEqual([
      expect.stringContaining(
        "wrong.md:1, line 1 of the block: Module '\"pavlov-lm\"' has no exported member 'nothing'",
      ),
      expect.stringContaining("no exported member 'nothing'"),
      expect.stringContaining("wrong.md:5, line 4 of the block: Type 'number'"),
    ]);
  });

  it('run and print what the page says, where they are marked so', { timeout: 180_000 }, () => {
    const root = join(folder, 'run');
    const code = (module: Module): string =>
      module.code.replaceAll(/'pavlov-lm(?:\/(\w+))?'/g, (_all, entry: string | undefined) =>
        packageFile(entry ?? ''),
      );
    write(root, modules, code);
    const chosen = modules.filter(({ isRun }) => isRun);
    expect(chosen.length).toBeGreaterThan(1);
    const printed = run(root, chosen);
    const wrong = chosen.flatMap(({ at, output }, i) => {
      const text = printed[i] ?? '';
      const isGood = output === undefined ? !text.includes(' failed:') : isShown(text, output);
      return isGood ? [] : [{ at, expected: output, got: text }];
    });
    expect(wrong).toEqual([]);
  });

  it('would not pass with other output', () => {
    expect(isShown('a 1.25\n b', 'a ...\nb')).toBe(true);
    expect(isShown('a 1.25\nc', 'a ...\nb')).toBe(false);
  });
});
