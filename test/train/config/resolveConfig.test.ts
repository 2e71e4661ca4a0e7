import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/core/errors.js';
import { presets } from '../../../train/config/presets.js';
import { defaults } from '../../../train/config/schema.js';
import { checkConfig, resolveConfig, type ConfigRequest } from '../../../train/config/resolveConfig.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavlov-config-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

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
      return (error as Error).message.replaceAll(`${folder}/`, '').split('\n');
    },
  );

describe('resolveConfig', () => {
  it.each(Object.keys(presets))('resolves preset %s, which checks out as a whole config', async (preset) => {
    const config = await resolveConfig({ preset });
    expect(checkConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('puts sets over overrides over the file over the preset over the defaults', async () => {
    const file = await write('run.yaml', 'model: {width: 32, layers: 3, heads: 1}\nseed: 7\n');
    const config = await resolveConfig({
      preset: 'smoke',
      file,
      overrides: { model: { layers: 5, heads: 3 } },
      sets: ['model.heads=2', 'model.heads=8'],
    });
    expect(config.model).toMatchObject({ width: 32, layers: 5, heads: 8, mlpWidth: 192, keySize: 32 });
    expect(config.seed).toBe(7);
    expect(config.train.sequenceLength).toBe(presets.smoke!.config.train!.sequenceLength);
  });

  it('reads JSON with tabs as well as YAML', async () => {
    const file = await write(
      'run.json',
      '{\n\t"seed": 9,\n\t"model": {\n\t\t"mixer": ["softmax"],\n\t\t"layers": 1\n\t}\n}\n',
    );
    const config = await resolveConfig({ file });
    expect([config.seed, config.model.mixer]).toEqual([9, ['softmax']]);
  });

  it('reads values of sets as numbers, words, null and lists, and as text where text is wanted', async () => {
    const sets = [
      'optimizer.clipNorm=null',
      'train.saveBest=false',
      'model.layers=2',
      'model.mixer=[softmax, conditioning]',
    ];
    const config = await resolveConfig({
      sets: [...sets, 'data.source=2024', 'out=runs/a: b', 'sample.prompt='],
    }).catch((error: unknown) => error as Error);
    expect(config).toMatchObject({
      optimizer: { clipNorm: null },
      train: { saveBest: false },
      out: 'runs/a: b',
    });
    expect(config).toMatchObject({
      model: { mixer: ['softmax', 'conditioning'] },
      data: { source: '2024' },
      sample: { prompt: '' },
    });
  });

  it('lets a later budget replace an earlier one, and refuses two at once', async () => {
    expect((await resolveConfig({ sets: ['train.minutes=2.5'] })).train).toMatchObject({
      steps: null,
      minutes: 2.5,
    });
    expect(
      (await resolveConfig({ overrides: { train: { tokens: 5 } }, sets: ['train.steps=3'] })).train,
    ).toMatchObject({
      steps: 3,
      tokens: null,
    });
    expect(await messages({ overrides: { train: { tokens: 5, steps: 4 } } })).toEqual([
      'config.train: expected exactly one of steps | tokens | minutes, got steps and tokens',
    ]);
    expect(await messages({ sets: ['train.steps=null'] })).toEqual([
      'config.train: expected exactly one of steps | tokens | minutes, got none',
    ]);
  });

  it('drops the parameters of a rule when a later layer chooses another', async () => {
    const file = await write('run.yaml', 'model: {rule: hebbian, ruleParams: {nothing: 1}}');
    expect((await resolveConfig({ file, sets: ['model.rule=delta'] })).model.ruleParams).not.toHaveProperty(
      'nothing',
    );
    expect((await messages({ file }))[0]).toMatch(/^config\.model\.ruleParams.*: expected .*got 'nothing'/);
  });

  it('fills in the parameters of rule and gate', async () => {
    const { rules } = await import('../../../src/rules/registry.js');
    for (const rule of Object.values(rules)) {
      const { model } = await resolveConfig({ sets: [`model.rule=${rule.name}`] });
      expect(Object.keys(model.ruleParams)).toEqual(Object.keys(rule.params));
    }
  });

  it('knows the options of the head, and refuses those that do not go with heads or rule', async () => {
    const sets = ['model.featureMap=elu+1', 'model.keyValueHeads=2', 'model.momentumShift=true'];
    const { model } = await resolveConfig({ sets });
    expect(model).toMatchObject({
      featureMap: 'elu+1',
      keyValueHeads: 2,
      momentumShift: true,
      keyNorm: 'rule',
    });
    expect(
      await messages({ sets: ['model.keyValueHeads=3', 'model.keyNorm=scaled', 'model.rule=delta'] }),
    ).toEqual([
      'config.model.keyValueHeads: expected a divisor of the 4 heads, or null for one per head, got 3; heads that share a memory come in groups of one size',
      "config.model.keyNorm: expected rule | unit with rule 'delta', got 'scaled'; its bound, beta |k|^2 <= 2, needs keys of unit length",
    ]);
    const [fault] = await messages({ sets: ['model.queryNorm=untt'] });
    expect(fault).toBe(
      "config.model.queryNorm: expected one of rule | unit | scaled | none, got 'untt'; did you mean 'unit'?",
    );
  });

  it('takes a config from before the options of the head, as old checkpoints have one', async () => {
    const now = await resolveConfig();
    const before = JSON.parse(JSON.stringify(now)) as { model: Record<string, unknown> };
    for (const name of ['featureMap', 'queryNorm', 'keyNorm', 'keyValueHeads', 'momentumShift']) {
      expect(before.model).toHaveProperty(name);
      before.model = Object.fromEntries(Object.entries(before.model).filter(([field]) => field !== name));
    }
    expect(checkConfig(before)).toEqual(now);
  });

  it('names all faults at once, each with its path and what to choose', async () => {
    const sets = [
      'model.rule=detla',
      'train.stepz=3',
      'train.batchSize=1.5',
      'train.sequenceLength=0',
      'optimizer.beta1=1',
      'optimiser.name=adamw',
      'model.mixer=soft',
      'seed=abc',
      'schedule=3',
      'data.source=',
      'train.minutes=0',
    ];
    const faults = await messages({ sets });
    const expected = [
      /^config\.model\.rule: expected one of .*delta.*, got 'detla'; did you mean 'delta'\?$/,
      /^config\.train\.stepz: expected one of batchSize \| .*, got 'stepz'; did you mean 'steps'\?$/,
      'config.train.batchSize: expected a whole number, got 1.5',
      /^config\.train\.sequenceLength: expected a (whole )?number of at least 1, got 0$/,
      'config.optimizer.beta1: expected a number below 1, got 1',
      /^config\.optimiser: expected one of model \| plugIns \| from \| data .*, got 'optimiser'; did you mean 'optimizer'\?$/,
      /^config\.model\.mixer: expected one of conditioning \| .* \| softmax, or a list, got 'soft'/,
      "config.seed: expected a number, got 'abc'",
      'config.schedule: expected a group of settings, got 3',
      "config.data.source: expected a text that is not empty, got ''",
      'config.train.minutes: expected a number above 0, got 0',
    ];
    for (const one of expected) {
      const matcher = typeof one === 'string' ? one : (expect.stringMatching(one) as string);
      expect(faults).toContainEqual(matcher);
    }
    expect(faults).toHaveLength(expected.length);
  });

  it('says what does not fit between fields', async () => {
    const sets = ['schedule.warmup=0.9', 'model.mixer=[softmax]', 'engine.backend=wasm'];
    expect(await messages({ sets })).toEqual([
      'config.schedule: expected warmup and decay to add up to at most 1, got 1.1',
      "config.engine.backend: expected null with the graph engine, got 'wasm'; leave it out or choose the other engine",
      'config.model.mixer: expected one name or 4, one per layer, got 1',
    ]);
  });

  it('takes a text as it was typed, with what YAML would make a comment or a tag', async () => {
    const texts = ['mixed #2.txt', '#3', '!bang', '|', 'a: b'];
    for (const text of texts) {
      const { data, out, sample } = await resolveConfig({
        sets: [`data.source=${text}`, `out=${text}`, `sample.prompt=${text}`],
      });
      expect([data.source, out, sample.prompt]).toEqual([text, text, text]);
    }
  });

  it('names numbers that JSON does not have, with their line', async () => {
    const file = await write('nan.yaml', 'optimizer:\n  learningRate: .nan\nschedule:\n  warmup: .inf\n');
    expect(await messages({ file })).toEqual([
      expect.stringMatching(/^config\.optimizer\.learningRate \(.*nan\.yaml:2:17\): expected .*, got NaN$/),
      expect.stringMatching(/^config\.schedule\.warmup \(.*nan\.yaml:4:11\): expected .*, got Infinity$/),
    ]);
  });

  it('refuses a file of very many unknown keys in few lines', async () => {
    const file = await write('many.yaml', Array.from({ length: 1000 }, (_, i) => `k${i}: 1\n`).join(''));
    const faults = await messages({ file });
    expect(faults).toHaveLength(21);
    expect(faults.at(-1)).toMatch(/^and \d+ more$/);
  });

  it('gives line and column of a fault in a file, but not of a value that a set has replaced', async () => {
    const file = await write('run.yaml', 'seed: 1\nmodel:\n  width: -3\n  ruel: delta\n');
    expect(await messages({ file })).toEqual([
      expect.stringMatching(
        /^config\.model\.width \(run\.yaml:3:10\): expected a (whole )?number of at least 1, got -3$/,
      ),
      expect.stringMatching(
        /^config\.model\.ruel \(run\.yaml:4:9\): expected one of width .*did you mean 'rule'\?$/,
      ),
    ]);
    expect((await messages({ file, sets: ['model.width=0'] }))[0]).toMatch(/^config\.model\.width: expected/);
  });

  it('gives line and column of a file that does not parse, and says when there is none', async () => {
    const file = await write('run.yaml', 'seed: 1\nseed: 2\nmodel: [\n');
    const faults = await messages({ file });
    expect(faults[0]).toMatch(/^run\.yaml:2:1: Map keys must be unique/);
    expect(faults.length).toBeGreaterThan(1);
    expect((await messages({ file: join(folder, 'none.yaml') }))[0]).toContain(
      'config file none.yaml: expected a readable file',
    );
    expect(await messages({ file: await write('list.yaml', '- 1') })).toEqual([
      'list.yaml: expected a mapping of settings, got [1]',
    ]);
  });

  it('refuses unknown presets and settings that are no path=value', async () => {
    expect(await messages({ preset: 'tinny' })).toEqual([
      "preset: expected one of start | smoke | tiny | small | base, got 'tinny'; did you mean 'tiny'?",
    ]);
    expect((await messages({ sets: ['train.steps'] }))[0]).toContain(
      "--set: expected path=value, got 'train.steps'",
    );
    expect((await messages({ sets: ['train..steps=1'] }))[0]).toContain(
      "--set: expected names joined by dots before '=', got 'train..steps'",
    );
    expect((await messages({ sets: ['__proto__.x=1'] }))[0]).toContain("got '__proto__.x'");
  });
});

describe('checkConfig', () => {
  it('throws nothing but a ConfigError, whatever the JSON', () => {
    const spoilt = fc.tuple(fc.constantFrom(...Object.keys(defaults)), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          spoilt.map(([key, value]) => ({ ...defaults, [key]: value })),
        ),
        (raw) => {
          try {
            checkConfig(raw);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
            expect((error as Error).message).toMatch(/^config/);
          }
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });
});
