import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { listCheckpoints, loadCheckpoint } from '../../src/checkpoint/store.js';
import { trainRun } from '../../train/run.js';
import type { DeviceName } from '../support/device.js';
import { busyEveryStep, bytesOf, logsOf, smallRun, steadyClock, writeStories } from './smallRun.js';

const SCRIPT = new URL('./trainOrResume.ts', import.meta.url).pathname;

interface Ended {
  /** Last step that was reported as saved. */
  readonly saved: number;
  readonly signal: unknown;
}

interface Kill {
  readonly after: 'start' | 'first save';
  readonly delayMs: number;
}

/** Trains or resumes in a child; kills it some time after its start or its first checkpoint, or lets it end. */
async function runChild(args: readonly string[], kill?: Kill): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let saved = 0;
  const die = (): void => void child.kill('SIGKILL');
  let timer = kill?.after === 'start' ? setTimeout(die, kill.delayMs) : undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    saved = Number(chunk.toString().trim().split('\n').at(-1));
    if (kill) timer ??= setTimeout(die, kill.delayMs);
  });
  const [, signal] = (await ended) as unknown[];
  clearTimeout(timer);
  return { saved, signal };
}

interface Kills {
  readonly count: number;
  readonly seed?: number;
  readonly device?: DeviceName;
  /** Updates of the run for each kill, and one time more. */
  readonly updates?: number;
  /** A kill comes within this time after the first checkpoint of a child. */
  readonly withinMs?: number;
}

/**
 * Kills training at `count` random moments, every fourth before it may have saved, while it saves at every step. Each
 * time a whole checkpoint is left from which the next child goes on; in the end weights, moments, logs and sample are
 * those of a run that was never disturbed, but for the times in them.
 */
export async function killWhileTraining(kills: Kills): Promise<void> {
  const { count, seed = count, device = 'cpu', withinMs = 60 } = kills;
  const home = await mkdtemp(join(tmpdir(), 'pavlov-kill-'));
  const source = await writeStories(home);
  const [straight, out] = [join(home, 'straight'), join(home, 'killed')];
  const updates = (kills.updates ?? 20) * (count + 1);
  const config = await smallRun(source, straight, busyEveryStep(updates, device));
  await trainRun({ config, clock: steadyClock() });
  const args = [source, out, String(updates), device];
  const rng = Rng.fromSeed(seed);
  let before = 0;
  for (let round = 1; round <= count; round++) {
    const after = round % 4 === 0 ? 'start' : 'first save';
    const { saved, signal } = await runChild(args, {
      after,
      delayMs: rng.uniform() * (after === 'start' ? 2000 : withinMs),
    });
    expect(signal).toBe('SIGKILL');
    before = Math.max(before, saved);
    if (before > 0) expect((await loadCheckpoint(out)).step).toBeGreaterThanOrEqual(before);
  }
  expect((await listCheckpoints(out)).length).toBeGreaterThan(0);
  expect((await runChild(args)).signal).toBe(null);
  expect(await bytesOf(out, updates)).toEqual(await bytesOf(straight, updates));
  expect(await logsOf(out)).toEqual(await logsOf(straight));
  await rm(home, { recursive: true });
}
