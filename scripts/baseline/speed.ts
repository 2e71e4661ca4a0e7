/**
 * Times training steps of two built checkouts in turns, so that a machine that changes its speed changes it for both:
 *
 *   npx tsx scripts/baseline/speed.ts --base DIR [--root DIR] [--preset smoke] [--rules delta,oja] [--gates none] \
 *     [--rounds 5] [--steps 3]
 *
 * Every rule x gate: tokens/s of the checkout in --root (this one unless given) as a ratio to --base by medians and by
 * least times, and compile time and peak memory of both. Every cell and side is a process of its own.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type * as Reference from '../../bench/reference.js';
import { median } from '../../bench/median.js';
import { markdownTable, table } from '../../report/table.js';
import type * as Engines from '../../src/engine/createEngine.js';
import { gates } from '../../src/gates/registry.js';
import { rules } from '../../src/rules/registry.js';
import type * as Configs from '../../train/config/resolveConfig.js';

const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    root: { type: 'string', default: '.' },
    preset: { type: 'string', default: 'smoke' },
    rules: { type: 'string', default: Object.keys(rules).join() },
    gates: { type: 'string', default: Object.keys(gates).join() },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '3' },
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

/** Trains `--steps` steps of the checkout's own code for every line on stdin. */
async function work(root: string): Promise<void> {
  const load = (path: string): Promise<unknown> => import(pathToFileURL(join(root, 'dist', path)).href);
  // The casts: modules of a built checkout, under the names that this one has too.
  const { createTrainee } = (await load('bench/reference.js')) as typeof Reference;
  const { createEngine } = (await load('src/engine/createEngine.js')) as typeof Engines;
  const { resolveConfig } = (await load('train/config/resolveConfig.js')) as typeof Configs;
  const config = await resolveConfig({
    preset: values.preset,
    overrides: { optimizer: { name: 'adamw' } },
    sets: (values.sets ?? '').split(' '),
  });
  // The same for both, whatever else the machine does while one of them begins.
  const engine = await createEngine({ threads: availableParallelism() });
  const trainee = createTrainee(config, engine);
  for await (const line of createInterface({ input: process.stdin })) {
    const times: number[] = [];
    for (let i = 0; i < Number(line); i++) times.push(await trainee.step());
    const { compileSeconds } = engine;
    const answer: Answer = { times, compileSeconds, peakRssBytes: process.resourceUsage().maxRSS * 1024 };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

function startWorker(
  root: string,
  sets: string,
): { ask: (steps: number) => Promise<Answer>; stop: () => void } {
  const args = ['--worker', root, '--sets', sets, '--preset', values.preset];
  const script = process.argv[1] ?? '';
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (steps: number): Promise<Answer> => {
    child.stdin.write(`${steps}\n`);
    const answer: IteratorResult<string, unknown> = await lines.next();
    if (answer.done === true) {
      throw new Error(`expected the checkout in ${root} to train with ${sets}, got an early end`);
    }
    return JSON.parse(answer.value) as Answer;
  };
  return { ask, stop: () => child.kill() };
}

/** Both sides of one cell in turns; one row of the table. */
async function compare(base: string, root: string, rule: string, gate: string): Promise<string[]> {
  const sets = `model.rule=${rule} model.gate=${gate}`;
  const sides = [startWorker(base, sets), startWorker(root, sets)] as const;
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
  const ratio = (of: (list: readonly number[]) => number): string => (of(times[0]) / of(times[1])).toFixed(3);
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  return [
    rule,
    gate,
    median(times[0]).toFixed(1),
    median(times[1]).toFixed(1),
    ratio(median),
    ratio((list) => Math.min(...list)),
    `${before.compileSeconds.toFixed(2)} / ${now.compileSeconds.toFixed(2)}`,
    `${megabytes(before.peakRssBytes)} / ${megabytes(now.peakRssBytes)}`,
  ];
}

async function compareAll(base: string, root: string): Promise<void> {
  const rows: string[][] = [];
  for (const rule of values.rules.split(',')) {
    for (const gate of values.gates.split(',')) {
      rows.push(await compare(base, root, rule, gate));
      console.error(rows.at(-1)?.join('  '));
    }
  }
  const right = (label: string) => ({ label, align: 'right' }) as const;
  const columns = [
    'rule',
    'gate',
    right('ms per step, base'),
    right('now'),
    right('tokens/s to base, medians'),
    right('least times'),
    right('compile s, base / now'),
    right('peak MB, base / now'),
  ];
  console.log(markdownTable(table('Speed against the base', columns, rows)));
}

if (values.worker !== undefined) await work(values.worker);
else if (values.base === undefined) throw new Error('expected --base DIR, a built checkout to compare with');
else await compareAll(resolve(values.base), resolve(values.root));
