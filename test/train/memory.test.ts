import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planGrid } from '../../experiments/plan.js';
import { trainRun } from '../../train/run.js';
import { temporaryFolder } from '../support/folder.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';
import { checkMemory, checkMemoryOfJobs, memoryNeed } from '../../train/memory.js';
import { resolveTaskConfig } from '../../train/tasks/resolveTaskConfig.js';
import { Model } from '../../src/model/model.js';
import { tf } from '../../src/core/tf.js';

const GB = 1e9;
const folder = temporaryFolder();

describe('memoryNeed', () => {
  // Peaks of `pavlov bench memory --steps 10` on two cores; see docs/log.md.
  it.each([
    ['smoke', [], 0.218],
    ['smoke', ['model.layers=32'], 0.811],
    ['smoke', ['train.batchSize=64'], 0.307],
    ['tiny', [], 0.712],
    ['tiny', ['train.batchSize=4'], 0.385],
    ['tiny', ['model.mlpWidth=4096'], 2.0],
    ['tiny', ['tokenizer.vocabularySize=32768'], 0.909],
  ])('of preset %s with %j is near the measured %d GB', async (preset, sets, measured) => {
    const { total } = memoryNeed(await resolveConfig({ preset, sets }));
    expect(total / GB / measured).toBeGreaterThan(0.95);
    expect(total / GB / measured).toBeLessThan(1.35);
  });

  it('counts the weights that a model then has', async () => {
    const { model } = await resolveConfig({ preset: 'smoke', sets: ['model.mixer=[softmax, conditioning]'] });
    const options = { ...model, vocabularySize: 300 };
    const made = Model.create(options, 1);
    expect(Model.specsOf(options).map(({ shape }) => shape)).toEqual(made.weights.map(({ shape }) => shape));
    made.dispose();
  });
});

describe('checkMemory', () => {
  it('leaves a vocabulary that is too small to its tokenizer', async () => {
    const config = await resolveConfig({ preset: 'smoke', sets: ['tokenizer.vocabularySize=1'] });
    expect(() => checkMemory(config)).not.toThrow();
  });

  const sizes = [
    'train.sequenceLength=1000000',
    'train.batchSize=1000000',
    'train.batchSize=1000000000000',
    'train.evalBatchSize=1000000000',
    'model.layers=1000',
    'model.heads=10000',
    'model.width=100000',
    'model.keySize=100000',
    'model.valueSize=1000000000',
    'model.mlpWidth=1000000000',
  ];

  it.each(sizes)('refuses %s, names it, and allocates nothing', async (set) => {
    const config = await resolveConfig({ preset: 'tiny', sets: [set] });
    const [path = '', value = ''] = set.split('=');
    const before = tf.memory().numBytes;
    expect(() => checkMemory(config, 24 * GB)).toThrow(
      new RegExp(
        `^config\\.${path}: expected a run that fits into the 24 GB of memory here, got ${value}, with which it takes about \\d+ GB; lower it, or try it all the same with --force$`,
      ),
    );
    expect(tf.memory().numBytes).toBe(before);
  });

  it('names what takes the most of several', async () => {
    const sets = ['model.width=100000', 'model.mlpWidth=100000', 'train.batchSize=17'];
    const config = await resolveConfig({ preset: 'tiny', sets });
    expect(() => checkMemory(config, 24 * GB)).toThrow(/^config\.model\.width/);
  });

  it.each(['smoke', 'tiny', 'small'])('lets preset %s run on a machine of 6 GB', async (preset) => {
    const config = await resolveConfig({ preset });
    expect(() => checkMemory(config, 6 * GB)).not.toThrow();
  });

  it('counts no more than the weights where a GPU holds the rest', async () => {
    const config = await resolveConfig({ preset: 'base', sets: ['engine.device=cuda'] });
    expect(() => checkMemory(config, 4 * GB)).not.toThrow();
    const large = await resolveConfig({
      preset: 'base',
      sets: ['engine.device=cuda', 'model.mlpWidth=1000000000'],
    });
    expect(() => checkMemory(large, 4 * GB)).toThrow(/^config\.model\.mlpWidth/);
  });

  it('comes before a run or a grid makes anything', async () => {
    const out = join(folder, 'run');
    const sets = ['train.batchSize=1000000000000'];
    await expect(
      trainRun({ config: await resolveConfig({ sets: [...sets, `out=${out}`] }) }),
    ).rejects.toThrow(/^config\.train\.batchSize/);
    expect(existsSync(out)).toBe(false);
    await expect(planGrid({ task: 'induction', seeds: 1, sets })).rejects.toThrow(
      /^config\.train\.batchSize/,
    );
  });

  it('knows trainings on tasks', async () => {
    const usual = await resolveTaskConfig({ task: 'induction' });
    expect(() => checkMemory(usual, 4 * GB)).not.toThrow();
    const large = await resolveTaskConfig({ task: 'induction', sets: ['train.batchSize=100000000'] });
    expect(() => checkMemory(large, 4 * GB)).toThrow(/^config\.train\.batchSize/);
    const sets = [
      'task.settings.length=65536',
      'train.batchSize=1',
      'model.keySize=32',
      'model.valueSize=32',
    ];
    const long = await resolveTaskConfig({ task: 'induction', sets });
    expect(() => checkMemory(long, 0.2 * GB)).toThrow(/^config\.task\.settings/);
  });
});

describe('numbers that no machine has', () => {
  it.each(['model.layers=1001', 'model.heads=1000000', 'engine.threads=1025'])(
    'are refused: %s',
    async (set) => {
      const [path = '', value = ''] = set.split('=');
      await expect(resolveConfig({ sets: [set] })).rejects.toThrow(
        new RegExp(`^config\\.${path}: expected .*, got ${value}`),
      );
    },
  );
});

it('runs at the same time share the memory: of so many, the largest count', async () => {
  const [smoke, tiny] = await Promise.all(['smoke', 'tiny'].map((preset) => resolveConfig({ preset })));
  const configs = [smoke!, tiny!, smoke!, tiny!];
  const [least, most] = [smoke!, tiny!].map((config) => memoryNeed(config).total / 2) as [number, number];
  for (const [jobs, need] of [
    [1, most],
    [2, 2 * most],
    [3, 2 * most + least],
    [8, 2 * most + 2 * least],
  ] as const) {
    expect(() => checkMemoryOfJobs(configs, jobs, need * 1.001)).not.toThrow();
    expect(() => checkMemoryOfJobs(configs, jobs, need * 0.999)).toThrow(
      new RegExp(`^--jobs: expected runs .* got ${jobs} at a time, which take about .* GB; lower it`),
    );
  }
});
