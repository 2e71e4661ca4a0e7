import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare as compareCells } from '../../../api/compare.js';
import { temporaryFolder } from '../../support/folder.js';
import { ended, startPavlov } from '../../support/pavlov.js';
import { HAS_REDIS, testRedis } from '../../support/redis.js';
import { copyAsOtherBuild } from './queueGrid.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PASSWORD = 'opensesame42';
const folder = temporaryFolder();
const redis = testRedis({ password: PASSWORD });
const plain = testRedis();
const workers: ChildProcess[] = [];

/** A folder that a program works in. */
function place(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Starts a worker in a folder of its own, and gathers what it says. */
function work(name: string, ...more: readonly string[]): { said: string } {
  const flags = ['worker', '--queue', redis.url(), '--jobs', '1', '--lease', '5', '--folder', 'own', ...more];
  const child = startPavlov(flags, { cwd: place(name), env: redis.env });
  workers.push(child);
  const told = { said: '' };
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (told.said += text));
  return told;
}

/** Ends the workers as a power cut does. */
function endWorkers(): void {
  for (const child of workers.splice(0)) child.kill('SIGKILL');
}
beforeAll(async () => {
  if (HAS_REDIS) await redis.start();
});
afterAll(endWorkers);

const FLAGS = '--preset smoke --seeds 2 --set train.steps=3 --set train.evalEvery=3 --set model.width=16';
const STORIES = [
  'compare',
  '--task',
  'stories',
  '--data',
  'text.jsonl',
  '--set',
  'train.evalStories=5',
  ...FLAGS.split(' '),
];

/**
 * Runs a grid in the caller's folder and gives the bytes of its results, with all that was written or said.
 *
 * @param hear is given what it says on stderr.
 */
async function compare(
  out: string,
  args: readonly string[],
  hear: (text: string) => void = () => undefined,
): Promise<{ results: string; said: string }> {
  const cwd = place('caller');
  const child = startPavlov([...args, '--out', out], { cwd, env: redis.env });
  child.stderr?.on('data', (chunk) => hear(String(chunk)));
  const { code, stdout, stderr } = await ended(child);
  expect(code, stderr).toBe(0);
  const names = readdirSync(join(cwd, out), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  const results = readFileSync(join(cwd, out, 'results.jsonl'), 'utf8');
  return { results, said: [stdout, stderr, ...texts].join('\n') };
}

/** Stories that no other machine has. */
function writeText(): void {
  const stories = Array.from({ length: 6000 }, (_, i) => `Once there were ${i} cats and ${i * 7} dogs.`);
  const lines = stories.map((text) => JSON.stringify({ text }));
  writeFileSync(join(place('caller'), 'text.jsonl'), lines.join('\n'));
}

describe.skipIf(!HAS_REDIS)('a server with a password behind TLS', () => {
  it('gives workers text and code that they lack, only where they allow it, and tells nobody its password', async () => {
    writeText();
    cpSync(join(ROOT, 'examples/pearceHall.ts'), join(place('caller'), 'own.ts'));
    const args = [...STORIES, '--rule', 'hebbian,./own.ts'];
    const local = await compare('local', [...args, '--jobs', '2']);
    const wary = work('wary');
    const trusting = work('trusting', '--allow-code');
    const queued = await compare('queued', [...args, '--queue', redis.url(), '--push-data']);
    expect(queued.results).toBe(local.results);
    const everything = [queued.said, wary.said, trusting.said].join('\n');
    expect(everything).not.toContain(PASSWORD);
    expect(wary.said).toContain('--allow-code');
    expect(readdirSync(join(place('wary'), 'own'))).not.toContain('code');
    expect(readdirSync(join(place('trusting'), 'own'))).toEqual(expect.arrayContaining(['code', 'data']));
    endWorkers();
  });

  it('gives no cell to a worker of another build, and says so', async () => {
    const other = place('other');
    copyAsOtherBuild(other);
    const { spawn } = await import('node:child_process');
    const stranger = spawn(
      process.execPath,
      [
        ...['--import', import.meta.resolve('tsx'), join(other, 'cli/main.ts')],
        ...['worker', '--queue', redis.url(), '--folder', join(folder, 'stranger')],
      ],
      { env: { ...process.env, ...redis.env }, stdio: 'ignore' },
    );
    workers.push(stranger);
    const args = ['compare', '--task', 'induction', ...FLAGS.split(' ').slice(0, 4), '--rule', 'hebbian'];
    const small = [...args, '--set', 'train.samples=128', '--set', 'model.width=16'];
    const local = await compare('local-2', [...small, '--jobs', '1']);
    const queued = await new Promise<Awaited<ReturnType<typeof compare>>>((resolve, reject) => {
      let isTold = false;
      const hear = (text: string): void => {
        if (!isTold && text.includes('of another (')) work('same');
        isTold ||= text.includes('of another (');
      };
      compare('queued-2', [...small, '--queue', redis.url()], hear).then(resolve, reject);
    });
    expect(queued.results).toBe(local.results);
    expect(queued.said).toMatch(/build/);
    expect(existsSync(join(folder, 'stranger', 'worker.json'))).toBe(true);
    expect(existsSync(join(folder, 'stranger', 'cells'))).toBe(false);
    endWorkers();
  });

  it('runs rounds that depend on results: a search of learning rates, and seeds until pairs are decided', async () => {
    work('rounds');
    const args = ['compare', '--task', 'induction', '--preset', 'smoke', '--rule', 'hebbian,delta'];
    const small = [...args, '--set', 'train.samples=1100', '--set', 'model.width=16'];
    const rounds = [...small, '--lr-search', '0.01,0.02', '--seeds', 'auto', '--max-seeds', '3'];
    const local = await compare('local-3', [...rounds, '--jobs', '1']);
    const queued = await compare('queued-3', [...rounds, '--queue', redis.url()]);
    expect(queued.results).toBe(local.results);
    endWorkers();
  });
});

it.skipIf(!HAS_REDIS)('compare of the API runs its cells by the workers of a queue', async () => {
  await plain.start();
  const flags = ['worker', '--queue', plain.url(), '--jobs', '1', '--folder', 'own'];
  workers.push(startPavlov(flags, { cwd: place('api') }));
  const given = { task: 'induction', preset: 'smoke', rules: ['hebbian'], seeds: 1 } as const;
  const sets = ['train.samples=128', 'model.width=16'];
  const queued = join(folder, 'api-queued');
  const args = ['compare', '--task', 'induction', '--preset', 'smoke', '--rule', 'hebbian', '--seeds', '1'];
  const local = await compare('api-local', [...args, ...sets.flatMap((set) => ['--set', set])]);
  expect((await compareCells({ ...given, sets, out: queued, queue: plain.url() })).type).toBe('done');
  expect(readFileSync(join(queued, 'results.jsonl'), 'utf8')).toBe(local.results);
  await expect(compareCells({ ...given, out: queued, jobs: 1, queue: plain.url() })).rejects.toThrow(
    /got both/,
  );
  endWorkers();
});
