import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createVitest, type Vitest } from 'vitest/node';
import { mutants } from './list.js';
import { ROOM_FOLDERS } from '../support/roomRules.js';
import type { Mutant } from './mutant.js';

/*
 * Plants faults in a copy of the sources, one at a time, and runs the test that must see each:
 *
 *   npm run test:mutants -- [--only <regular expression on file and label>] [--every <n>] [--jobs <n>]
 *
 * Ends with exit code 1 when one survives, cannot be planted, or its test fails without it.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PARTS = [...ROOM_FOLDERS, 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];

/** Full names of the tests that ran, by how they ended. */
interface TestRun {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

type Verdict = 'caught' | 'SURVIVED' | 'NOT FOUND' | 'BROKEN';

/** A copy of the sources that shares the packages. */
async function copySources(home: string, index: number): Promise<string> {
  const folder = join(home, `copy-${index}`);
  for (const part of PARTS) await cp(join(ROOT, part), join(folder, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** A copy of the sources with a test runner that stays: what did not change is not transformed again. */
class Bench {
  private constructor(
    private readonly folder: string,
    private readonly runner: Vitest,
  ) {}

  static async open(folder: string): Promise<Bench> {
    const options = { root: folder, config: join(folder, 'vitest.config.ts'), watch: false, bail: 1 };
    return new Bench(folder, await createVitest('test', { ...options, maxWorkers: 1, reporters: [{}] }));
  }

  /** Runs the tests of a file whose full names match. */
  async run(test: string, filter: string): Promise<TestRun> {
    this.runner.setGlobalTestNamePattern(new RegExp(filter));
    const specifications = await this.runner.globTestSpecifications([join(this.folder, test)]);
    const { testModules } = await this.runner.runTestSpecifications(specifications);
    const tests = testModules.flatMap((module) => Array.from(module.children.allTests()));
    const named = (state: string): string[] =>
      tests
        .filter((each) => each.result().state === state)
        .map(({ fullName }) => fullName.replaceAll(' > ', ' '));
    return { passed: named('passed'), failed: named('failed') };
  }

  /** Runs a body with one text of a file replaced; nothing where it is not there once. */
  async planted<T>({ file, find, replace }: Mutant, body: () => Promise<T>): Promise<T | undefined> {
    const path = join(this.folder, file);
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.split(find).length !== 2) return undefined;
    const write = async (content: string): Promise<void> => {
      await writeFile(path, content);
      this.runner.invalidateFile(path);
    };
    await write(text.replace(find, () => replace));
    try {
      return await body();
    } finally {
      await write(text);
    }
  }

  async close(): Promise<void> {
    await this.runner.close();
  }
}

/** What is wrong with the tests of some mutants when nothing is planted. */
async function baselineFaults(bench: Bench, chosen: readonly Mutant[]): Promise<string[]> {
  const faults: string[] = [];
  for (const test of new Set(chosen.map((mutant) => mutant.test))) {
    const filters = [...new Set(chosen.filter((mutant) => mutant.test === test).map(({ filter }) => filter))];
    const { passed, failed } = await bench.run(test, filters.map((filter) => `(?:${filter})`).join('|'));
    faults.push(...failed.map((name) => `${test}: fails with nothing planted: ${name}`));
    const blind = filters.filter((filter) => !passed.some((name) => new RegExp(filter).test(name)));
    faults.push(...blind.map((filter) => `${test}: no test passes that matches ${filter}`));
  }
  return faults;
}

/** Plants one fault, runs its test, and takes it out again. */
async function verdictOn(bench: Bench, mutant: Mutant): Promise<Verdict> {
  const run = await bench.planted(mutant, async () => bench.run(mutant.test, mutant.filter));
  if (!run) return 'NOT FOUND';
  if (run.failed.length > 0) return 'caught';
  return run.passed.length > 0 ? 'SURVIVED' : 'BROKEN';
}

function chosenMutants(only: string | undefined, every: number): readonly Mutant[] {
  const wanted = new RegExp(only ?? '');
  const named = mutants.filter(({ file, label }) => wanted.test(`${file}: ${label}`));
  return named.filter((_, i) => i % every === 0);
}

/** Works through the mutants on several copies at once; gives the verdicts in no order. */
async function runAll(benches: readonly Bench[], chosen: readonly Mutant[]): Promise<readonly Verdict[]> {
  const queue = [...chosen];
  const verdicts: Verdict[] = [];
  const work = async (bench: Bench): Promise<void> => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const start = performance.now();
      const verdict = await verdictOn(bench, mutant);
      verdicts.push(verdict);
      const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(6);
      console.log(`${verdict.padEnd(9)} ${seconds} s  ${mutant.file}: ${mutant.label}`);
    }
  };
  await Promise.all(benches.map(work));
  return verdicts;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      every: { type: 'string' },
      jobs: { type: 'string' },
    },
  });
  const chosen = chosenMutants(values.only, Number(values.every ?? 1));
  const jobs = Number(values.jobs ?? Math.min(2, availableParallelism()));
  const home = await mkdtemp(join(tmpdir(), 'pavlov-mutants-'));
  const benches: Bench[] = [];
  try {
    for (let i = 0; i < jobs; i++) benches.push(await Bench.open(await copySources(home, i)));
    return await judge(benches, chosen);
  } finally {
    for (const bench of benches) await bench.close();
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function judge(benches: readonly Bench[], chosen: readonly Mutant[]): Promise<number> {
  const [first] = benches;
  const faults = first ? await baselineFaults(first, chosen) : ['--jobs: expected at least 1, got 0'];
  if (faults.length > 0) {
    console.error(faults.join('\n'));
    return 1;
  }
  const verdicts = await runAll(benches, chosen);
  const caught = verdicts.filter((verdict) => verdict === 'caught').length;
  console.log(`${chosen.length} planted, ${caught} caught, ${chosen.length - caught} not`);
  return chosen.length > 0 && caught === chosen.length ? 0 : 1;
}

process.exitCode = await main();
