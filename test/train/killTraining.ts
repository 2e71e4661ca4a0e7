import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { listCheckpoints, loadCheckpoint } from '../../src/checkpoint/store.js';
import { trainRun } from '../../train/run.js';
import { bytesOf, savingEveryStep, smallRun, steadyClock, writeStories } from './smallRun.js';

const SCRIPT = new URL('./trainOrResume.ts', import.meta.url).pathname;

/** Trains or resumes in a child; kills it `delayMs` after its first checkpoint, or lets it end. */
async function runChild(source: string, out: string, delayMs?: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, source, out], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let saved = 0;
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    saved = Number(chunk.toString().trim().split('\n').at(-1));
    if (delayMs !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  await ended;
  return saved;
}

/**
 * Kills training at `count` random moments while it saves at every step. Each time a whole checkpoint is left
 * from which the next child goes on; in the end the bytes are those of a run that was never disturbed.
 */
export async function killWhileTraining(count: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'pavlov-kill-'));
  const source = await writeStories(home);
  const [straight, out] = [join(home, 'straight'), join(home, 'killed')];
  await trainRun({ config: await smallRun(source, straight, savingEveryStep), clock: steadyClock() });
  const rng = Rng.fromSeed(count);
  for (let round = 0; round < count; round++) {
    const saved = await runChild(source, out, rng.uniform() * 60);
    expect((await loadCheckpoint(out)).step).toBeGreaterThanOrEqual(saved);
  }
  expect((await listCheckpoints(out)).length).toBeGreaterThan(0);
  await runChild(source, out);
  expect(await bytesOf(out, 40)).toEqual(await bytesOf(straight, 40));
  const steps = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  const logged = steps.map((line) => JSON.parse(line) as { type: string; step: number });
  expect(logged.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual(
    Array.from({ length: 40 }, (_, i) => i + 1),
  );
  await rm(home, { recursive: true });
}
