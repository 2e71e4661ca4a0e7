import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/core/errors.js';
import { resolveConfig } from '../../../train/config/resolveConfig.js';
import { resolveTaskConfig } from '../../../train/tasks/resolveTaskConfig.js';
import { planGrid } from '../../../experiments/plan.js';
import { temporaryFolder } from '../../support/folder.js';

/* What every object of JavaScript inherits is a name like any other: unknown. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
const folder = temporaryFolder();

async function faultOf(run: () => Promise<unknown>): Promise<string> {
  const error: unknown = await run().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message;
}

describe.each(NAMES)('%s', (name) => {
  it.each(['', 'model', 'model.ruleParams', 'model.gateParams', 'data', 'train', 'optimizer', 'engine'])(
    'as a key of a file, in config.%s, is refused by its name',
    async (path) => {
      const nested = path
        .split('.')
        .reduceRight((inner, key) => (key ? `{ "${key}": ${inner} }` : inner), `{ "${name}": 1 }`);
      const file = join(folder, 'config.yaml');
      writeFileSync(file, nested);
      const message = await faultOf(() => resolveConfig({ file }));
      expect(message).toContain(name);
      expect(message).toContain(`config${path && '.'}${path}`);
    },
  );

  it.each(['task.settings', 'task.train[0].settings', 'model.ruleParams'])(
    'as a key of a task, in config.%s, is refused by its name',
    async (path) => {
      const inner = `{ ${name}: 1 }`;
      const set = path.includes('[')
        ? `task.train=[{ name: all, samples: 10, settings: ${inner} }]`
        : `${path}=${inner}`;
      expect(await faultOf(() => resolveTaskConfig({ task: 'induction', sets: [set] }))).toContain(name);
    },
  );

  it.each([
    ...['model.rule', 'model.gate', 'model.mixer', 'model.featureMap', 'tokenizer.name', 'optimizer.name'],
    ...['schedule.name', 'engine.name', 'engine.device', 'engine.backend'],
  ])('as the value of config.%s is refused', async (path) => {
    const message = await faultOf(() => resolveConfig({ sets: [`${path}=${name}`] }));
    expect(message).toMatch(new RegExp(`config\\.${path}: expected .*, got '${name}'`));
  });

  it('as the name of a preset, task, rule or gate of a grid is refused', async () => {
    const runs: readonly (() => Promise<unknown>)[] = [
      () => resolveConfig({ preset: name }),
      () => resolveTaskConfig({ task: name }),
      // The cast: a word that somebody types.
      () => resolveTaskConfig({ task: 'induction', preset: name as 'smoke' }),
      () => planGrid({ task: name, seeds: 1 }),
      () => planGrid({ task: 'induction', rules: [name], seeds: 1 }),
      () => planGrid({ task: 'induction', gates: [name], seeds: 1 }),
      () => planGrid({ task: 'induction', vary: [`model.${name}=1,2`], seeds: 1 }),
    ];
    for (const run of runs) expect(await faultOf(run)).toContain(name);
  });
});
