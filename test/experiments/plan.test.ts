import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planGrid, type PlanRequest } from '../../experiments/plan.js';
import { runPlan } from '../../experiments/runPlan.js';
import { PlugInError } from '../../src/core/errors.js';
import type { LearningRule } from '../../src/rules/contract.js';
import { delta } from '../../src/rules/delta.js';
import { registerRule } from '../../src/rules/registry.js';
import { temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();
const small = ['model.width=16', 'model.layers=1', 'model.heads=1', 'model.mlpWidth=16'];

function stories(name: string, count: number): string {
  const path = join(folder, name);
  const texts = Array.from({ length: count }, (_, i) => `Story ${i} of a lamp and a boat.`);
  writeFileSync(path, texts.join('\n<|endoftext|>\n'));
  return path;
}

const onStories = (source: string, ...sets: readonly string[]): PlanRequest => ({
  task: 'stories',
  seeds: 1,
  rules: ['delta'],
  sets: [...small, `data.source=${source}`, ...sets],
});

describe('a grid on stories, before its first cell', () => {
  it.each([
    [
      'too few stories to be tested',
      () => onStories(stories('few.txt', 200)),
      /^config\.train\.evalStories: expected fewer than the validation stories of .*few\.txt \(10\), got 50; set it to at most 9, or use more text$/,
    ],
    [
      'a single text',
      () => onStories(stories('one.txt', 1), 'train.evalStories=1'),
      /\(1\), got 1; one story cannot both choose and test; split the text into stories, or add a validation file$/,
    ],
    ['data that is not there', () => onStories(join(folder, 'nope.txt')), /nope\.txt', which is not there/],
    [
      'no validation to choose by',
      () => onStories('toy', 'train.evalEvery=null'),
      /^config\.train\.evalEvery: expected a number, got null; a learning rate is chosen/,
    ],
    [
      'damaged training text',
      () => {
        const path = join(folder, 'damaged');
        mkdirSync(path, { recursive: true });
        writeFileSync(join(path, 'train.jsonl'), '{"text":"One."}\n{"text":\n');
        writeFileSync(join(path, 'val.jsonl'), '{"text":"One."}\n{"text":"Two."}\n');
        return onStories(path, 'train.evalStories=1');
      },
      /train\.jsonl:2/,
    ],
  ])('is refused for %s', async (_, request, message) => {
    await expect(planGrid(request())).rejects.toThrow(message);
  });

  it('has other cells when the text is another, and the same when it is only read again', async () => {
    const request = onStories(stories('edited.txt', 200), 'train.evalStories=9');
    const idOf = async (): Promise<string | undefined> => (await planGrid(request)).cells[0]?.id;
    const [first, again] = [await idOf(), await idOf()];
    stories('edited.txt', 201);
    expect([again, await idOf()]).toEqual([first, expect.not.stringMatching(first ?? '')]);
  });

  it('is planned when one story is left for the test', async () => {
    const { cells } = await planGrid(onStories(stories('enough.txt', 200), 'train.evalStories=9'));
    expect(cells).toHaveLength(1);
  });
});

describe("a rule of the user's own that fails", () => {
  const own = (name: string, change: Partial<LearningRule>): string =>
    registerRule({ ...delta, name, ...change }).name;
  const throws = (): never => {
    throw new PlugInError('the rule of ./bad.ts:3:4: expected it to run');
  };
  const names: Readonly<Record<string, string>> = {
    './step.ts': own('bad-step', { step: throws }),
    './chunk.ts': own('bad-chunk', { chunk: throws }),
    './measure.ts': own('bad-measure', { stability: { quantity: 'of nothing', bound: 2, measure: throws } }),
    './state.ts': own('bad-state', { initState: throws }),
    './good.ts': own('good', {}),
  };
  const request = (...rules: readonly string[]): PlanRequest => ({
    task: 'induction',
    seeds: 2,
    rules,
    sets: small,
    loader: {
      load: async (kind, path) => ({ kind, name: names[path] ?? '', path, sha256: '0'.repeat(64) }),
      restore: async (file) => file,
      origin: (kind, name) => {
        const [path] = Object.entries(names).find(([, known]) => known === name) ?? [];
        return kind !== 'rule' || path === undefined
          ? undefined
          : { kind, name, path, sha256: '0'.repeat(64) };
      },
    },
  });

  it.each(Object.keys(names).slice(0, 4))('in %s leaves out its own variants only', async (path) => {
    const { cells, notes } = await planGrid(request('hebbian', path, './good.ts'));
    expect(cells.map(({ variant }) => variant.rule)).toEqual(['hebbian', 'hebbian', 'good', 'good']);
    expect(notes).toEqual([`${path} is left out: the rule of ./bad.ts:3:4: expected it to run`]);
  });

  it('is the error where no other variant is left', async () => {
    await expect(planGrid(request('./step.ts', './chunk.ts'))).rejects.toThrow(PlugInError);
  });

  it('does not hinder making the others equal', async () => {
    const { cells } = await planGrid({ ...request('hebbian', './step.ts'), equal: 'parameters' });
    expect(cells).toHaveLength(2);
  });
});

describe('a mixer that is varied', () => {
  const induction: PlanRequest = { task: 'induction', seeds: 1, rules: ['delta', 'hebbian'], sets: small };
  const named = async (vary: string): Promise<unknown[]> => {
    const { cells } = await planGrid({ ...induction, vary: [vary] });
    return cells.map(({ variant }) => [variant.rule, variant['model.mixer']]);
  };

  it('occurs once where no rule drives it', async () => {
    expect(await named('model.mixer=conditioning,softmax')).toEqual([
      ['delta', 'conditioning'],
      ['softmax', 'softmax'],
      ['hebbian', 'conditioning'],
    ]);
  });

  it('and variants that a rule drives may not be the same', async () => {
    await expect(named('model.chunkSize=16,16.0')).rejects.toThrow(/two variants are the same/);
  });
});

describe('runPlan', () => {
  it('writes into no folder of anything else, and into no data', async () => {
    const plan = await planGrid(onStories(stories('apart.txt', 200), 'train.evalStories=9'));
    const own = join(folder, 'own');
    mkdirSync(own);
    writeFileSync(join(own, 'report.html'), 'mine');
    await expect(runPlan(plan, { out: own })).rejects.toThrow(
      `--out: '${own}' holds files that are not of a grid (report.html); choose another folder`,
    );
    const data = join(folder, 'data');
    mkdirSync(data);
    for (const split of ['train', 'val'])
      writeFileSync(join(data, `${split}.txt`), 'A.\n<|endoftext|>\nB.\n');
    const inside = await planGrid(onStories(data, 'train.evalStories=1'));
    for (const out of [join(data, 'out'), folder]) {
      await expect(runPlan(inside, { out })).rejects.toThrow(/apart from the data folder|not of a grid/);
    }
  });
});

describe('a search for learning rates, before its first cell', () => {
  it.each([
    ['model.nope=1,2', /^config\.model\.nope: expected one of /],
    ['model.width=16,abc', /^config\.model\.width: expected a number, got 'abc'/],
  ])('is refused for candidates that cannot be cells: %s', async (also, message) => {
    const request = { task: 'induction', seeds: 1, rules: ['delta'], search: { rates: [0.01], also } };
    await expect(planGrid(request)).rejects.toThrow(message);
  });

  it('is refused for a training of which no part can be given', async () => {
    const request = onStories('toy', 'train.minutes=1');
    await expect(planGrid({ ...request, search: { rates: [0.01] } })).rejects.toThrow(
      /^--lr-search: expected a training of so many samples, steps or tokens/,
    );
  });
});
