import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folder.js';
import { pavlov } from '../../support/pavlov.js';
import { MICRO_RUN } from '../microTask.js';

const folder = temporaryFolder();

describe('loadPlugIn', () => {
  const script = fileURLToPath(new URL('loadCases.ts', import.meta.url));
  const home = join(folder, 'cases');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), script, home],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const outcomes = JSON.parse(stdout) as Record<string, { name: string; path: string; sha256: string }>;

  it('registers a rule in TypeScript that imports the package and a file beside it', () => {
    expect(outcomes['mine.ts']).toEqual({
      kind: 'rule',
      name: 'mine',
      path: './mine.ts',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(outcomes).toMatchObject({ registered: 'A rule of mine', sharesTensors: true });
  });

  it('reads JavaScript as an ES module whatever the package around it says', () => {
    expect(outcomes['plain.js']).toMatchObject({ name: 'plain' });
  });

  it('gives the same rule for the same file', () => {
    expect(outcomes.again).toEqual(outcomes['mine.ts']);
  });

  const invalid = 'it must be an ES module, in TypeScript without enums and namespaces';
  it.each([
    ['absent.ts', `expected a readable file, got ENOENT at ${home}/absent.ts; check the path`],
    [
      'enum.ts',
      `expected a module that loads, got SyntaxError: ${home}/enum.ts:1:1: TypeScript enum is not supported in strip-only mode; ${invalid}`,
    ],
    ['throws.mjs', `expected a module that loads, got TypeError: not today; ${invalid}`],
    ['none.ts', "expected a default export, got rule; write 'export default' before what it is"],
    [
      'other.py',
      'expected a file that ends in .ts, .mts, .js or .mjs; rename it, or give the name of what is registered',
    ],
  ])('says what is wrong with %s', (name, message) => {
    expect(outcomes[name]).toBe(`ConfigError: rule file ./${name}: ${message}`);
  });

  it('says which Node it needs where there are no module hooks', () => {
    expect(outcomes['old Node']).toBe(
      `ConfigError: rule file ./plain.js: expected Node 20.6 or later, which can load code of yours from files, got ${process.version}; update Node, or register it in a script of your own`,
    );
  });

  it('refuses a name that is taken', () => {
    expect(outcomes['taken.js']).toBe(
      "ConfigError: the rule of ./taken.js: rule.name: 'delta' is already registered; choose another name",
    );
  });

  it('says where the syntax is wrong', () => {
    expect(outcomes['broken.ts']).toContain(`got SyntaxError: ${home}/broken.ts:2:9: `);
  });

  it('names every field that is wrong, each with the file', () => {
    expect((outcomes['faults.ts'] as unknown as string).split('\n')).toEqual([
      expect.stringContaining('the rule of ./faults.ts: rule.extra: expected one of name | '),
      'the rule of ./faults.ts: rule.step: expected a function, got 1',
    ]);
  });

  it('tells what a rule throws as a fault of its file, with the place', () => {
    expect(outcomes.later).toBe(
      "PlugInError: the rule of throws-later.ts:8:9: expected step to run, got Error: no; run 'pavlov check-rule ./throws-later.ts'",
    );
  });

  it('refuses a file that is not what it was', () => {
    expect(outcomes['other content']).toBe(
      `ConfigError: rule file mine.ts: expected the content it had (SHA-256 000000000000), got another (${outcomes['mine.ts']!.sha256.slice(0, 12)}); restore it, or name it with --rule to take it as it is now`,
    );
  });
});

describe('a run whose rule is of a file', { timeout: 120_000 }, () => {
  const example = fileURLToPath(new URL('../../../examples/pearceHall.ts', import.meta.url));

  it('trains, resumes, writes and is evaluated; a file that is gone or has changed is an error', async () => {
    const file = join(folder, 'mine.ts');
    cpSync(example, file);
    const run = async (...args: string[]) => pavlov(args, { cwd: folder });
    const trained = await run(
      ...['train', ...MICRO_RUN, '--rule', './mine.ts', '--steps', '2', '--out', 'run', '--json'],
    );
    expect(trained.code, trained.stderr).toBe(0);
    const { config, model } = JSON.parse(
      readFileSync(join(folder, 'run/step-000002/manifest.json'), 'utf8'),
    ) as {
      config: { plugIns: { path: string }[]; model: { rule: string } };
      model: { rule: string };
    };
    expect([config.model.rule, model.rule, config.plugIns[0]!.path]).toEqual([
      'pearce-hall',
      'pearce-hall',
      './mine.ts',
    ]);

    renameSync(file, join(folder, 'moved.ts'));
    const gone = await run('generate', 'run', '--tokens', '2');
    expect([gone.code, gone.stderr]).toEqual([
      3,
      `checkpoint run: rule file ./mine.ts: expected a readable file, got ENOENT at ${file}; check the path; '--rule <file>' takes another file for the run's rule\n`,
    ]);

    const resumed = await run('resume', 'run', '--steps', '3', '--rule', 'moved.ts', '--json');
    expect([resumed.code, JSON.parse(resumed.stdout)]).toEqual([0, expect.objectContaining({ step: 3 })]);
    const evaluated = await run('eval', 'run', '--probes', 'lm', '--stories', '2', '--json');
    expect(evaluated.code, evaluated.stderr).toBe(0);

    writeFileSync(join(folder, 'moved.ts'), `${readFileSync(example, 'utf8')}// changed\n`);
    const changed = await run('resume', 'run', '--steps', '4');
    expect([changed.code, changed.stderr]).toEqual([
      3,
      expect.stringContaining('expected the content it had'),
    ]);
  });

  it('is not another rule', async () => {
    const other = join(folder, 'other.js');
    writeFileSync(
      other,
      "import { rules } from 'pavlov-lm';\nexport default { ...rules.delta, name: 'other' };\n",
    );
    const { code, stderr } = await pavlov(['generate', 'run', '--rule', other], { cwd: folder });
    expect([code, stderr]).toEqual([
      2,
      `--rule: expected a file of the run's rule 'pearce-hall', got ${other} of the rule 'other'; leave --rule out or name another file\n`,
    ]);
  });
});
