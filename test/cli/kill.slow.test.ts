import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toyStories } from '../../data/index.js';
import { Rng } from '../../src/core/rng.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlov, startPavlov } from '../support/pavlov.js';
import { SEED, shareOf } from '../support/share.js';
import { MICRO_TASK } from './microTask.js';

const folder = temporaryFolder();

/** Starts a command in a process group of its own and kills all of the group after a while; whether it still ran. */
async function killAfter(args: readonly string[], delayMs: number): Promise<boolean> {
  const child = startPavlov(args, { detached: true });
  child.stdout?.resume();
  child.stderr?.resume();
  const ended = once(child, 'exit');
  const timer = setTimeout(() => {
    if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
  }, delayMs);
  const [, signal] = (await ended) as unknown[];
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

/**
 * Kills a command at so many random moments of the time that it takes undisturbed, in the same folder until it has come
 * to its end there, then in a new one.
 *
 * @returns the folders that it has worked in, where it has come to its end.
 */
async function killAtRandom(
  argsOf: (out: string) => readonly string[],
  count: number,
  wholeMs: number,
): Promise<string[]> {
  const [name = ''] = argsOf('');
  const rng = Rng.fromSeed(SEED).derive(name);
  const folders = [join(folder, `${name}-0`)];
  const last = (): string => folders.at(-1) ?? '';
  for (let killed = 0; killed < count;) {
    if (await killAfter(argsOf(last()), rng.uniform() * wholeMs)) killed++;
    else folders.push(join(folder, `${name}-${folders.length}`));
  }
  const { code, stderr } = await pavlov(argsOf(last()));
  expect([code, stderr]).toEqual([0, '']);
  return folders;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

const ofCompare = shareOf(20);

it(`a comparison that was killed ${ofCompare} times gives the results of one that was not`, async () => {
  const grid = (out: string): readonly string[] => [
    ...['compare', ...MICRO_TASK, '--rule', 'hebbian,delta', '--seeds', '1', '--lr-grid', '0.003,0.03'],
    ...['--set', 'train.saveEvery=1', '--jobs', '2', '--out', out],
  ];
  const straight = join(folder, 'straight');
  const wholeMs = await timed(async () => {
    const { code, stderr } = await pavlov(grid(straight));
    expect([code, stderr]).toEqual([0, '']);
  });
  for (const out of await killAtRandom(grid, ofCompare, wholeMs)) {
    for (const name of ['results.jsonl', 'cells.jsonl', 'results.csv']) {
      expect(readFileSync(join(out, name), 'utf8')).toBe(readFileSync(join(straight, name), 'utf8'));
    }
  }
});

const ofPrepare = shareOf(10);

it(`data that was killed ${ofPrepare} times while it was prepared is whole or not there`, async () => {
  const source = join(folder, 'text.txt');
  const { train } = toyStories({ trainStories: 5000, validationStories: 1 });
  writeFileSync(source, train.join('\n<|endoftext|>\n'));
  const prepare = (out: string): readonly string[] => [
    'data',
    'prepare',
    source,
    '--vocabulary',
    '1024',
    '--out',
    out,
  ];
  const straight = join(folder, 'prepared');
  const wholeMs = await timed(async () => expect((await pavlov(prepare(straight))).code).toBe(0));
  for (const out of await killAtRandom(prepare, ofPrepare, wholeMs)) {
    const names = readdirSync(straight).sort();
    expect(readdirSync(out).sort()).toEqual(names);
    for (const name of names) {
      expect(readFileSync(join(out, name)).equals(readFileSync(join(straight, name))), name).toBe(true);
    }
  }
});
