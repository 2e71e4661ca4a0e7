import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { rules } from '../../src/rules/registry.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';
import { resolveTaskConfig } from '../../train/tasks/index.js';
import { pavlov, pavlovHere } from '../support/pavlov.js';
import { temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();

function json(text: string): unknown {
  return JSON.parse(text);
}

describe('pavlov config', () => {
  it('prints the same config as YAML and as JSON', async () => {
    const wanted = await resolveConfig({ preset: 'smoke' });
    const yaml = await pavlov(['config', '--preset', 'smoke']);
    expect([yaml.code, yaml.stderr]).toEqual([0, '']);
    expect(parse(yaml.stdout)).toEqual(wanted);
    expect(json((await pavlovHere(['config', '--preset', 'smoke', '--json'])).stdout)).toEqual(wanted);
  });

  it('prints the config of a training on a task, which is a file of it', async () => {
    const wanted = await resolveTaskConfig({ task: 'mqar', preset: 'small', sets: ['model.width=32'] });
    const flags = ['--task', 'mqar', '--preset', 'small', '--set', 'model.width=32'];
    const { stdout } = await pavlovHere(['config', ...flags]);
    expect(parse(stdout)).toEqual(wanted);
    const wrong = await pavlovHere(['config', '--task', 'mqar', '--steps', '5']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('steps')]);
  });

  it('a printed config is a file that gives itself', async () => {
    const { stdout } = await pavlovHere([
      'config',
      '--preset',
      'smoke',
      '--rule',
      'hebbian',
      '--minutes',
      '2',
    ]);
    const file = join(folder, 'run.yaml');
    writeFileSync(file, stdout);
    expect((await pavlovHere(['config', '--config', file])).stdout).toBe(stdout);
  });

  it('flags stand over the file and under --set', async () => {
    const file = join(folder, 'over.json');
    writeFileSync(file, '{ "seed": 5, "train": { "batchSize": 3, "steps": 7 } }');
    const flags = ['--seed', '6', '--out', 'x', '--data', 'y', '--engine', 'eager', '--backend', 'wasm'];
    const sets = ['--set', 'seed=7', '--set', 'model.width=24'];
    const { stdout } = await pavlovHere(['config', '--config', file, ...flags, ...sets, '--json']);
    expect(json(stdout)).toMatchObject({
      seed: 7,
      out: 'x',
      data: { source: 'y' },
      model: { width: 24 },
      train: { batchSize: 3, steps: 7 },
      engine: { name: 'eager', backend: 'wasm', device: null },
    });
  });

  it('--schema prints a JSON Schema with a line on every setting', async () => {
    const { code, stdout } = await pavlovHere(['config', '--schema']);
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: {
        model: {
          properties: { rule: { enum: Object.keys(rules), description: expect.any(String) as string } },
        },
      },
    });
  });

  it.each([
    [
      ['--preset', 'smok'],
      "preset: expected one of start | smoke | tiny | small | base, got 'smok'; did you mean 'smoke'?\n",
    ],
    [
      ['--rule', 'detla'],
      `config.model.rule: expected one of ${Object.keys(rules).join(' | ')}, got 'detla'; did you mean 'delta'?\n`,
    ],
    [
      ['--set', 'train.step=4'],
      /^config\.train\.step: expected one of .*, got 'step'; did you mean 'steps'\?\n$/,
    ],
    [
      ['--set', 'train.batchSize'],
      "--set: expected path=value, got 'train.batchSize'; for example --set train.steps=100\n",
    ],
    [
      ['--steps', '4', '--minutes', '1'],
      'config.train: expected exactly one of steps | tokens | minutes, got steps and minutes\n',
    ],
    [
      ['--config', '/no/such.yaml'],
      /^config file \/no\/such\.yaml: expected a readable file, got ENOENT.*; check the path\n$/,
    ],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await pavlovHere(['config', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });
});
