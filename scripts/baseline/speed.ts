/**
 * Times two checkouts in turns, so that a machine that changes its speed changes it for both:
 *
 *   npx tsx scripts/baseline/speed.ts (--base DIR | --commit HEAD^) [--root DIR] [--preset smoke] [--rules delta,oja] \
 *     [--gates none] [--work train,decode] [--rounds 5] [--steps 3] [--threads 2] [--limit 1.25]
 *
 * Every rule x gate x work: the speed of the sources in --root (these unless given) as a ratio to the base by medians
 * and by least times, and compile time and peak memory of both. Every cell and side is a process of its own. With one
 * thread times are those of the processor, which others on the machine change less.
 *
 * With --commit the base is checked out for the time being; where there is no such commit, or one of other packages,
 * nothing is measured. With --limit, what takes more than so many times the base's least time is measured again, and
 * fails when it takes more once more.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type * as Reference from '../../bench/reference.js';
import { median } from '../../bench/median.js';
import { markdownTable, table } from '../../report/table.js';
import type * as Engines from '../../src/engine/createEngine.js';
import type { Engine } from '../../src/engine/engine.js';
import { gates } from '../../src/gates/registry.js';
import type * as Decoding from '../../src/model/decode.js';
import { rules } from '../../src/rules/registry.js';
import type * as Configs from '../../train/config/resolveConfig.js';
import type { RunConfig } from '../../train/config/schema.js';

const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    commit: { type: 'string' },
    root: { type: 'string', default: '.' },
    preset: { type: 'string', default: 'smoke' },
    rules: { type: 'string', default: Object.keys(rules).join() },
    gates: { type: 'string', default: Object.keys(gates).join() },
    work: { type: 'string', default: 'train' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(availableParallelism()) },
    limit: { type: 'string' },
    worker: { type: 'string' },
    sets: { type: 'string' },
  },
});

/** What a worker answers to every line: the milliseconds of a group of steps, and what it has used so far. */
interface Answer {
  readonly times: readonly number[];
  readonly compileSeconds: number;
  readonly peakRssBytes: number;
}

/** Tokens that count as one step of decoding. */
const TOKENS = 20;

const load = (root: string, path: string): Promise<unknown> => import(pathToFileURL(join(root, path)).href);

/** One step of what is timed, of a checkout's own code. */
async function stepOf(root: string, config: RunConfig, engine: Engine): Promise<() => Promise<unknown>> {
  // The casts: modules of a checkout, under the names that this one has too.
  const { createTrainee, randomModel } = (await load(root, 'bench/reference.ts')) as typeof Reference;
  if (values.work === 'train') {
    const trainee = createTrainee(config, engine);
    return () => trainee.step();
  }
  const { Decoder } = (await load(root, 'src/model/decode.ts')) as typeof Decoding;
  const decoder = Decoder.create(engine, randomModel(config), 1);
  return async () => {
    await decoder.reset();
    for (let i = 0; i < TOKENS; i++) await decoder.next(Int32Array.of(i));
  };
}

/** Milliseconds by the clock, or of the processor where there is one thread. */
async function timed(step: () => Promise<unknown>, threads: number): Promise<number> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await step();
  const { user, system } = process.cpuUsage(before);
  return threads === 1 ? (user + system) / 1000 : performance.now() - start;
}

/** Makes so many steps for every line on stdin. */
async function work(root: string): Promise<void> {
  const { createEngine } = (await load(root, 'src/engine/createEngine.ts')) as typeof Engines;
  const { resolveConfig } = (await load(root, 'train/config/resolveConfig.ts')) as typeof Configs;
  const config = await resolveConfig({
    preset: values.preset,
    overrides: { optimizer: { name: 'adamw' } },
    sets: (values.sets ?? '').split(' '),
  });
  const threads = Number(values.threads);
  // The same for both, whatever else the machine does while one of them begins.
  const engine = await createEngine({ threads });
  const step = await stepOf(root, config, engine);
  for await (const line of createInterface({ input: process.stdin })) {
    const times: number[] = [];
    for (let i = 0; i < Number(line); i++) times.push(await timed(step, threads));
    const { compileSeconds } = engine;
    const answer: Answer = {
      times,
      compileSeconds,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

/** What is compared at once. */
interface Cell {
  readonly rule: string;
  readonly gate: string;
  readonly work: string;
}

function startWorker(
  root: string,
  { rule, gate, work: kind }: Cell,
): { ask: (steps: number) => Promise<Answer>; stop: () => void } {
  const sets = `model.rule=${rule} model.gate=${gate}`;
  const args = ['--worker', root, '--sets', sets, '--work', kind];
  const shared = ['--preset', values.preset, '--threads', values.threads];
  const script = process.argv[1] ?? '';
  const child = spawn(process.execPath, [...process.execArgv, script, ...args, ...shared], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (steps: number): Promise<Answer> => {
    child.stdin.write(`${steps}\n`);
    const answer: IteratorResult<string, unknown> = await lines.next();
    if (answer.done === true) {
      throw new Error(`expected the checkout in ${root} to ${kind} with ${sets}, got an early end`);
    }
    return JSON.parse(answer.value) as Answer;
  };
  return { ask, stop: () => child.kill() };
}

/** Both sides of one cell in turns: one row of the table, and the least time now over that of the base. */
async function compare(base: string, root: string, cell: Cell): Promise<{ row: string[]; slower: number }> {
  const sides = [startWorker(base, cell), startWorker(root, cell)] as const;
  const times: [number[], number[]] = [[], []];
  const last: Answer[] = [];
  for (const side of sides) await side.ask(2);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const i of [0, 1] as const) {
      const answer = await sides[i].ask(Number(values.steps));
      times[i].push(...answer.times);
      last[i] = answer;
    }
  }
  for (const side of sides) side.stop();
  const [before, now] = last;
  if (!before || !now) throw new Error('expected at least one round');
  const least = (list: readonly number[]): number => Math.min(...list);
  const ratio = (of: (list: readonly number[]) => number): string => (of(times[0]) / of(times[1])).toFixed(3);
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const row = [
    cell.rule,
    cell.gate,
    cell.work,
    median(times[0]).toFixed(1),
    median(times[1]).toFixed(1),
    ratio(median),
    ratio(least),
    `${before.compileSeconds.toFixed(2)} / ${now.compileSeconds.toFixed(2)}`,
    `${megabytes(before.peakRssBytes)} / ${megabytes(now.peakRssBytes)}`,
  ];
  console.error(row.join('  '));
  return { row, slower: least(times[1]) / least(times[0]) };
}

const listed = (names: string): string[] => names.split(',');

/** Whether nothing is slower than the limit, if there is one, two times in a row. */
async function compareAll(base: string, root: string): Promise<boolean> {
  const limit = Number(values.limit ?? Infinity);
  const cells = listed(values.work).flatMap((kind) =>
    listed(values.rules).flatMap((rule) => listed(values.gates).map((gate) => ({ rule, gate, work: kind }))),
  );
  const rows: string[][] = [];
  let good = true;
  for (const cell of cells) {
    const first = await compare(base, root, cell);
    rows.push(first.row);
    if (first.slower <= limit) continue;
    const second = await compare(base, root, cell);
    rows.push(second.row);
    good &&= second.slower <= limit;
  }
  const right = (label: string) => ({ label, align: 'right' }) as const;
  const columns = [
    'rule',
    'gate',
    'work',
    right('ms per step, base'),
    right('now'),
    right('speed to base, medians'),
    right('least times'),
    right('compile s, base / now'),
    right('peak MB, base / now'),
  ];
  console.log(markdownTable(table('Speed against the base', columns, rows)));
  return good;
}

/** Why a commit cannot be run beside this one; undefined where it can. */
function obstacle(commit: string, git: (...args: string[]) => string): string | undefined {
  try {
    git('rev-parse', '--verify', '--quiet', `${commit}^{commit}`);
  } catch {
    return `the repository has no commit ${commit} here`;
  }
  const changed = git('diff', '--name-only', commit, '--', 'package-lock.json', 'bench/reference.ts');
  return changed === '' ? undefined : `${changed.trim().split('\n').join(' and ')} changed since ${commit}`;
}

/** Runs `body` on a checkout of a commit beside this one, with the same packages. */
async function withCommit(commit: string, body: (folder: string) => Promise<boolean>): Promise<boolean> {
  const git = (...args: string[]): string => execFileSync('git', args, { stdio: 'pipe', encoding: 'utf8' });
  const why = obstacle(commit, git);
  if (why !== undefined) {
    console.log(`speed: not measured, since ${why}`);
    return true;
  }
  const folder = join(mkdtempSync(join(tmpdir(), 'pavlov-base-')), 'base');
  git('worktree', 'add', '--quiet', '--detach', folder, commit);
  try {
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    return await body(folder);
  } finally {
    git('worktree', 'remove', '--force', folder);
    rmSync(join(folder, '..'), { recursive: true, force: true });
  }
}

async function main(): Promise<boolean> {
  const { base, commit, root, worker } = values;
  if (worker !== undefined) {
    await work(worker);
    return true;
  }
  if (commit !== undefined) return withCommit(commit, (folder) => compareAll(folder, resolve(root)));
  if (base === undefined)
    throw new Error('expected --base DIR or --commit NAME to compare with, got neither');
  return compareAll(resolve(base), resolve(root));
}

if (!(await main())) {
  console.error(`speed: more than ${values.limit} times the base's least time, twice in a row`);
  process.exitCode = 1;
}
