import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TASK_PRESETS, tasks } from '../../../data/index.js';
import { ConfigError } from '../../../src/core/errors.js';
import {
  checkTaskConfig,
  resolveTaskConfig,
  stepsOf,
  taskConfigJsonSchema,
} from '../../../train/tasks/index.js';
import { temporaryFolder } from '../../support/folder.js';

const faultsOf = async (request: Parameters<typeof resolveTaskConfig>[0]): Promise<string> => {
  const error: unknown = await resolveTaskConfig(request).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message;
};

describe.each(Object.entries(tasks))('the presets of %s', (task, { presets }) => {
  it.each(TASK_PRESETS.filter((preset) => preset in presets))(
    '%s is a whole config that passes between processes',
    async (preset) => {
      const config = await resolveTaskConfig({ task, preset });
      expect(config.task.name).toBe(task);
      expect(checkTaskConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
      expect(stepsOf(config)).toBeGreaterThan(0);
      expect(config.train.evalEvery).toBeLessThanOrEqual(stepsOf(config));
    },
  );
});

describe('a task config', () => {
  it('takes the published recipe', async () => {
    const mqar = await resolveTaskConfig({ task: 'mqar', preset: 'paper' });
    expect(mqar.model).toMatchObject({ width: 64, layers: 2, heads: 2, keySize: 32 });
    expect(mqar.train).toMatchObject({ batchSize: 256, samples: null, epochs: 32 });
    const parity = await resolveTaskConfig({ task: 'parity', preset: 'paper' });
    expect(parity.train).toMatchObject({ batchSize: 256, samples: 5_120_000, epochs: null });
    expect(stepsOf(parity)).toBe(20_000);
  });

  it('puts file over preset, overrides over file and sets over all', async () => {
    const file = join(temporaryFolder(), 'task.yaml');
    writeFileSync(
      file,
      'task: {name: mqar}\nmodel: {width: 24, layers: 3}\ntrain: {batchSize: 7, epochs: 2}\n',
    );
    const config = await resolveTaskConfig({
      file,
      overrides: { train: { batchSize: 8 } },
      sets: ['model.width=40', 'train.samples=99'],
    });
    expect(config.model).toMatchObject({ width: 40, layers: 3 });
    expect(config.train).toMatchObject({ batchSize: 8, samples: 99, epochs: null });
  });

  it('heeds a setting of the task in every part, and drops parts that so become equal', async () => {
    const { task } = await resolveTaskConfig({ task: 'mqar', sets: ['task.settings.pairs=3'] });
    expect(task.settings).toMatchObject({ pairs: 3, vocabulary: 64 });
    expect(task.test.map(({ name, settings }) => ({ name, settings }))).toEqual([
      { name: 'length 32, pairs 3', settings: { length: 32 } },
    ]);
    const own = [{ name: 'mine', settings: { pairs: 5 }, samples: 4 }];
    const given = await resolveTaskConfig({
      task: 'mqar',
      overrides: { task: { settings: { pairs: 3 }, test: own } },
    });
    expect(given.task.test).toEqual(own);
    const kept = await resolveTaskConfig({ task: 'mqar', sets: ['task.settings.powerA=0.5'] });
    expect(kept.task.test).toHaveLength(3);
  });

  it('fills in the parameters of the rule, and forgets those of another', async () => {
    const { model } = await resolveTaskConfig({
      task: 'parity',
      overrides: { model: { ruleParams: { maxBeta: 2 } } },
    });
    expect(model.ruleParams).toEqual({ maxBeta: 2 });
    const { model: other } = await resolveTaskConfig({ task: 'parity', sets: ['model.rule=oja'] });
    expect(other.ruleParams).not.toHaveProperty('maxBeta');
  });

  it('tells every fault with its path and a suggestion', async () => {
    expect(await faultsOf({ task: 'mqr' })).toBe(
      `config.task.name: expected one of ${Object.keys(tasks).join(' | ')}, got 'mqr'; did you mean 'mqar'?`,
    );
    expect(await faultsOf({})).toMatch(/config\.task\.name: expected one of .*, got nothing; name the task/);
    const lines = (
      await faultsOf({ task: 'mqar', sets: ['train.batchSiz=3', 'model.layers=0', 'model.rul=delta'] })
    ).split('\n');
    expect(lines).toHaveLength(3);
    expect(await faultsOf({ task: 'mqar', sets: ['train.rows=3'] })).toBe(
      'config.train.rows: unknown key; it is now train.batchSize',
    );
    expect(lines.join('\n')).toContain('config.train.batchSiz: expected one of batchSize | ');
    expect(lines.join('\n')).toContain("got 'batchSiz'; did you mean 'batchSize'?");
    expect(lines.join('\n')).toContain('config.model.layers: expected a number of at least 1, got 0');
  });

  it('tells faults between fields', async () => {
    const message = await faultsOf({
      task: 'mqar',
      sets: ['task.settings.pair=3', 'schedule.warmup=0.9', 'engine.backend=cpu'],
    });
    expect(message).toContain("'pair'; did you mean 'pairs'?");
    expect(message).toContain('config.schedule: expected warmup and decay to add up to at most 1');
    expect(message).toContain('config.engine.backend: expected null with the graph engine');
    const odd = [{ name: 'odd', settings: { vocabulary: 100 }, samples: 4 }];
    expect(await faultsOf({ task: 'mqar', overrides: { task: { test: odd } } })).toMatch(
      /config\.task\.test\[0\]\.settings: expected the inputs and answers of config\.task\.train\[0\]/,
    );
    expect(await faultsOf({ task: 'linear-regression', sets: ['model.mlpWidth=8'] })).toContain(
      'config.model.mlpWidth: expected 0 with mixer linear, which stands in no block, got 8',
    );
    const config = await resolveTaskConfig({ task: 'mqar' });
    expect(() => checkTaskConfig({ ...config, train: { ...config.train, epochs: 3 } })).toThrow(
      'config.train: expected exactly one of samples | epochs, got samples and epochs',
    );
  });

  it('names the line of a file where a fault is', async () => {
    const file = join(temporaryFolder(), 'task.yaml');
    writeFileSync(file, 'task: {name: mqar}\ntrain:\n  batchSize: 0\n');
    expect(await faultsOf({ file })).toMatch(/config\.train\.batchSize \(.*task\.yaml:3:14\): expected/);
  });

  it('has a JSON Schema in which every field is described', () => {
    const bare: string[] = [];
    const look = (schema: unknown, path: string): void => {
      const { properties, description } = schema as {
        properties?: Record<string, unknown>;
        description?: string;
      };
      if (properties) for (const [name, inner] of Object.entries(properties)) look(inner, `${path}.${name}`);
      else if (description === undefined) bare.push(path);
    };
    look(taskConfigJsonSchema(), 'config');
    expect(bare).toEqual([]);
  });
});
