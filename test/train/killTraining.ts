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

interface Ended {
  /** Last step that was reported as saved. */
  readonly saved: number;
  readonly signal: unknown;
}

/** Trains or resumes in a child; kills it `delayMs` after its first checkpoint, or lets it end. */
async function runChild(args: readonly string[], delayMs?: number): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let saved = 0;
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    saved = Number(chunk.toString().trim().split('\n').at(-1));
    if (delayMs !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  const [, signal] = (await ended) as unknown[];
  return { saved, signal };
}

/**
 * Kills training at `count` random moments while it saves at every step. Each time a whole checkpoint is left
 * from which the next child goes on; in the end the bytes are those of a run that was never disturbed.
 */
export async function killWhileTraining(count: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'pavlov-kill-'));
  const source = await writeStories(home);
  const [straight, out] = [join(home, 'straight'), join(home, 'killed')];
  const updates = 20 * (count + 1);
  const config = await smallRun(source, straight, savingEveryStep(updates));
  await trainRun({ config, clock: steadyClock() });
  const args = [source, out, String(updates)];
  const rng = Rng.fromSeed(count);
  for (let round = 0; round < count; round++) {
    const { saved, signal } = await runChild(args, rng.uniform() * 60);
    expect(signal).toBe('SIGKILL');
    expect((await loadCheckpoint(out)).step).toBeGreaterThanOrEqual(saved);
  }
  expect((await listCheckpoints(out)).length).toBeGreaterThan(0);
  expect(await runChild(args)).toEqual({ saved: updates, signal: null });
  expect(await bytesOf(out, updates)).toEqual(await bytesOf(straight, updates));
  const steps = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  const logged = steps.map((line) => JSON.parse(line) as { type: string; step: number });
  expect(logged.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual(
    Array.from({ length: updates }, (_, i) => i + 1),
  );
  await rm(home, { recursive: true });
}
