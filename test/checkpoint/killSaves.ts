import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { loadCheckpoint } from '../../src/checkpoint/store.js';

const SCRIPT = new URL('./saveLoop.ts', import.meta.url).pathname;

/** A child that saves as fast as it can; the last step it reported is in `saved`. */
function startSaving(folder: string): { saved: number; first: Promise<void>; kill: () => Promise<void> } {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, folder, '60000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const state = {
    saved: 0,
    first: once(child.stdout, 'data').then(() => undefined),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = chunk.toString().trim().split('\n');
    expect(lines.filter((line) => !/^\d+$/.test(line))).toEqual([]);
    state.saved = Number(lines.at(-1));
  });
  return state;
}

/**
 * Kills a child that saves all the time at `count` random moments, and checks each time that what is left
 * loads whole, is at most one save behind what was reported, and that the next child goes on from it.
 */
export async function killWhileSaving(folder: string, count: number): Promise<void> {
  const rng = Rng.fromSeed(count);
  for (let round = 0; round < count; round++) {
    const saving = startSaving(folder);
    await saving.first;
    await new Promise((resolve) => setTimeout(resolve, rng.uniform() * 120));
    await saving.kill();
    const { step, weights, optimizer } = await loadCheckpoint(folder);
    expect(step).toBeGreaterThanOrEqual(saving.saved);
    expect(new Set(Array.from(weights.get('embedding')!.data as Float32Array))).toEqual(new Set([step]));
    expect(new Set(Array.from(optimizer.get('embedding.m')!.data as Float32Array))).toEqual(new Set([-step]));
    expect((await readdir(folder)).filter((name) => name.startsWith('step-')).length).toBeLessThanOrEqual(4);
  }
}
