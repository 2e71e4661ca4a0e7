import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/core/errors.js';
import { plugInsOf, type PlugInFile, type PlugInLoader } from '../../../train/config/plugIns.js';
import { checkConfig, resolveConfig, type ConfigRequest } from '../../../train/config/resolveConfig.js';
import { temporaryFolder } from '../../support/folder.js';

const folder = temporaryFolder();

const write = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

const messages = async (request: ConfigRequest): Promise<string[]> =>
  resolveConfig(request).then(
    () => expect.fail('expected a ConfigError'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(ConfigError);
      return (error as Error).message.split('\n');
    },
  );

describe('a part given as a file', () => {
  const sha256 = 'a'.repeat(64);
  /** Names of what is in files of these paths. */
  const held: Readonly<Record<string, string>> = {
    './mine.ts': 'delta',
    './gate.ts': 'scalar',
    './lion.ts': 'adamw',
  };
  const asked: unknown[] = [];
  const fileOf = (kind: PlugInFile['kind'], path: string): PlugInFile => {
    return { kind, name: held[path] ?? '', path, sha256 };
  };
  const kinds: Readonly<Record<string, PlugInFile['kind']>> = {
    './mine.ts': 'rule',
    './gate.ts': 'gate',
    './lion.ts': 'optimizer',
  };
  const loaded = new Map<string, PlugInFile>();
  const loader: PlugInLoader = {
    load: async (kind, path, isSaved) => {
      asked.push([kind, path, isSaved]);
      const file = fileOf(kind, path);
      loaded.set(`${kind} ${file.name}`, file);
      return file;
    },
    restore: async (file) => {
      asked.push(file);
      return file;
    },
    origin: (kind, name) => loaded.get(`${kind} ${name}`),
  };
  const files = Object.entries(kinds).map(([path, kind]) => fileOf(kind, path));
  const rule = './mine.ts';

  it('becomes its name, and the config lists the file it was', async () => {
    const overrides = { model: { rule, ruleParams: { maxBeta: 2 }, gate: './gate.ts' } };
    const config = await resolveConfig({
      preset: 'smoke',
      overrides,
      sets: ['optimizer.name=./lion.ts'],
      loader,
    });
    expect(config.model).toMatchObject({ rule: 'delta', gate: 'scalar', ruleParams: { maxBeta: 2 } });
    expect(config.optimizer.name).toBe('adamw');
    expect(config.plugIns).toEqual(files);
    expect(checkConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
    loaded.clear();
  });

  it('is loaded again from a resolved config, and dropped for another choice', async () => {
    const config = await resolveConfig({ overrides: { model: { rule } }, loader });
    loaded.clear();
    asked.length = 0;
    const file = await write('run.json', JSON.stringify(config));
    expect(await resolveConfig({ file, loader })).toEqual(config);
    expect(asked).toEqual([fileOf('rule', rule)]);
    const other = await resolveConfig({ file, overrides: { model: { rule: 'hebbian' } }, loader });
    expect([other.model.rule, other.plugIns]).toEqual(['hebbian', undefined]);
    expect(asked).toHaveLength(1);
  });

  it('is known to be named by a config file only, unless a later layer names it', async () => {
    const file = await write('named.yaml', `model:\n  rule: ${rule}\n  gate: ./gate.ts\n`);
    asked.length = 0;
    await resolveConfig({ file, sets: ['model.gate=./gate.ts'], loader });
    expect(asked).toEqual([
      ['rule', rule, true],
      ['gate', './gate.ts', false],
    ]);
    loaded.clear();
  });

  it('is found where older configs have the file of their rule', async () => {
    const old = await write(
      'old.json',
      JSON.stringify({ model: { rule: 'delta' }, ruleFile: { path: rule, sha256 } }),
    );
    expect((await resolveConfig({ file: old, loader })).plugIns).toEqual([fileOf('rule', rule)]);
    const sets = ['model.rule=hebbian'];
    expect((await resolveConfig({ file: old, sets, loader })).plugIns).toBeUndefined();
  });

  it('is an error where nothing loads it, and where it is no such entry', async () => {
    expect(await messages({ overrides: { model: { rule } } })).toEqual([
      "config.model.rule: expected the name of a registered rule, got './mine.ts'; import that file, register what is in it, and give its name",
    ]);
    expect(await messages({ sets: ['plugIns=[{kind: rule, name: delta, path: x}]'], loader })).toEqual([
      'config.plugIns.0.sha256: expected a text, got nothing',
    ]);
  });
});

it('a part of a kind that there is not is none that is loaded', () => {
  const file = { name: 'mine', path: './mine.ts', sha256: 'a'.repeat(64) };
  const plugIns = ['__proto__', 'constructor', 'rule'].map((kind) => ({ kind, ...file }));
  expect(plugInsOf({ plugIns })).toEqual([{ kind: 'rule', ...file }]);
});
