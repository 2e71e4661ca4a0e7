import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findProjectFile, projectIssues } from '../../../cli/plugIns/project.js';
import { temporaryFolder } from '../../support/folder.js';
import { pavlov } from '../../support/pavlov.js';
import { MICRO_RUN } from '../microTask.js';

const root = temporaryFolder();

/** Makes files below the folder, empty unless said otherwise. */
function make(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const found = async (folder: string): Promise<string | undefined> => {
  const { path, leftAlone } = (await findProjectFile(join(root, folder), root)) ?? {};
  return path && `${relative(root, path)}${leftAlone === undefined ? '' : `: ${leftAlone}`}`;
};

describe('findProjectFile', () => {
  make({
    'project/package.json': '{}',
    'project/pavlov.config.ts': '',
    'project/deep/er/notes.txt': '',
    'project/own/pavlov.config.mjs': '',
    'outside/pavlov.config.js': '',
    'outside/deep/notes.txt': '',
    'repository/.git/HEAD': '',
    'repository/package/package.json': '{}',
    'repository/pavlov.config.ts': '',
    'project/run/config.json': JSON.stringify({
      model: {},
      train: {},
      optimizer: {},
      engine: {},
      seed: 1,
      out: null,
    }),
    'project/run/pavlov.config.ts': '',
    'project/run/step-000002/manifest.json': '{}',
    'project/run/step-000002/pavlov.config.ts': '',
  });

  it('takes the nearest from the folder up to where the project begins', async () => {
    expect(await found('project')).toBe('project/pavlov.config.ts');
    expect(await found('project/deep/er')).toBe('project/pavlov.config.ts');
    expect(await found('project/own')).toBe('project/own/pavlov.config.mjs');
    expect(await found('repository/package')).toBeUndefined();
  });

  it('looks in no folder above where there is no project', async () => {
    expect(await found('outside')).toBe('outside/pavlov.config.js');
    expect(await found('outside/deep')).toBeUndefined();
  });

  it('leaves alone what lies in a run folder or a checkpoint', async () => {
    const why = 'it lies in a run folder or checkpoint, whose code is never run';
    expect(await found('project/run')).toBe(`project/run/pavlov.config.ts: ${why}`);
    expect(await found('project/run/step-000002')).toBe(`project/run/step-000002/pavlov.config.ts: ${why}`);
  });
});

it('a project is an object of lists, and of presets by name', () => {
  expect(projectIssues({ rules: [], presets: {} })).toEqual([]);
  expect(projectIssues({ gate: [], rules: {}, presets: { mine: { title: 'mine, all mine' } } })).toEqual([
    "config.gate: expected one of rules | gates | mixers | featureMaps | optimizers | tasks | probes | presets, got 'gate'; did you mean 'gates'?",
    'config.rules: expected a list, got {}',
    'config.presets.mine.config: expected a group of settings, got nothing',
  ]);
});

describe('a project file', { timeout: 240_000 }, () => {
  const example = (name: string): string =>
    readFileSync(fileURLToPath(new URL(`../../../examples/own-${name}.ts`, import.meta.url)), 'utf8');

  it('makes its parts known to every verb, and to a run of it elsewhere once trained with', async () => {
    make({
      'mine/package.json': '{}',
      'mine/gate.ts': example('gate'),
      'mine/optimizer.ts': example('optimizer'),
      'mine/pavlov.config.ts': `import { defineConfig } from 'pavlov-lm';
import learned from './gate.ts';
import lion from './optimizer.ts';
export default defineConfig({
  gates: [learned],
  optimizers: [lion],
  presets: { mine: { title: 'a preset of mine', config: { optimizer: { name: 'lion', learningRate: 0.002 } } } },
});
`,
    });
    const cwd = join(root, 'mine');
    const settings = MICRO_RUN.filter((word, i) => !['--preset', 'smoke'].includes(word) || i > 1);
    const train = ['train', '--preset', 'mine', '--gate', 'learned', ...settings, '--set', 'model.width=16'];
    const small = ['--set', 'model.mlpWidth=16', '--set', 'tokenizer.vocabularySize=300', '--steps', '1'];
    const trained = await pavlov([...train, ...small, '--out', 'run', '--json'], { cwd });
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.stderr).toContain('using ./pavlov.config.ts: gate learned, optimizer lion\n');
    const { plugIns } = JSON.parse(readFileSync(join(cwd, 'run/config.json'), 'utf8')) as {
      plugIns: { kind: string; name: string; path: string }[];
    };
    expect(plugIns.map(({ kind, name, path }) => [kind, name, path])).toEqual([
      ['gate', 'learned', './pavlov.config.ts'],
      ['optimizer', 'lion', './pavlov.config.ts'],
    ]);
    const faulty =
      "import learned from './gate.ts';\nexport default { gates: [{ ...learned, columns: 2 }] };\n";
    writeFileSync(join(cwd, 'pavlov.config.ts'), faulty);
    const { code, stderr } = await pavlov(['config'], { cwd });
    expect([code, stderr]).toEqual([
      2,
      'the gate of ./pavlov.config.ts: gate.columns: expected a function, got 2\n',
    ]);
  });
});
