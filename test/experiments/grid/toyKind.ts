import { readFile, writeFile } from 'node:fs/promises';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { NonFiniteError } from '../../../src/core/errors.js';
import type { JsonObject } from '../../../src/checkpoint/manifest.js';
import type { Cell, CellKind } from '../../../experiments/grid/contract.js';

/** What becomes of a toy cell. */
type Fate = 'fine' | 'diverges' | 'throws' | 'crashes' | 'killed' | 'crashesOnce' | 'crashesTwice';

export interface ToyConfig {
  readonly fate: Fate;
  readonly seed: number;
  readonly steps: number;
  readonly optimizer: { readonly learningRate: number };
  /** Milliseconds a step. */
  readonly stepMs: number;
}

/** A cell that is best at the rate 0.1 on validation, and at the highest on test. */
export function toyCell(
  changes: Partial<Omit<ToyConfig, 'optimizer'>> & { readonly rate?: number } = {},
): Cell {
  const { rate: learningRate = 0.1, ...rest } = changes;
  const config = { fate: 'fine', seed: 1, steps: 4, stepMs: 0, ...rest, optimizer: { learningRate } };
  return { kind: 'toy', config };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function savedStep(folder: string): Promise<number> {
  return Number(await readFile(join(folder, 'step'), 'utf8').catch(() => '0'));
}

async function meet(fate: Fate, folder: string): Promise<void> {
  if (fate === 'diverges') throw new NonFiniteError(`loss NaN; the last good checkpoint is ${folder}/step-1`);
  if (fate === 'throws') throw new Error('expected a toy, got none');
  const before = await readFile(join(folder, 'crashed'), 'utf8').catch(() => '');
  await writeFile(join(folder, 'crashed'), `${before}x`);
  const crashes = { crashes: Infinity, crashesOnce: 1, crashesTwice: 2 }[fate as string] ?? 0;
  if (fate === 'killed') process.kill(process.pid, 'SIGKILL');
  if (before.length < crashes) {
    process.stderr.write('fatal error: toy out of order\n    at nowhere\n');
    process.exit(7);
  }
}

/** Counts, so slowly that it can be interrupted, keeps every step, and leaves a trace of each stage begun. */
export const toyKind: CellKind = {
  async train(raw: JsonObject, { folder, signal, onProgress, threads }) {
    // The cast: toy cells are made by `toyCell`.
    const { fate, seed, steps, stepMs, optimizer } = raw as unknown as ToyConfig;
    appendFileSync(join(folder, 'trace'), 'train\n');
    await writeFile(join(folder, 'pid'), String(process.pid));
    for (let step = (await savedStep(folder)) + 1; step <= steps; step++) {
      if (signal.aborted) return undefined;
      await wait(stepMs);
      if (fate !== 'fine' && step === 2 && optimizer.learningRate < 1) await meet(fate, folder);
      await writeFile(join(folder, 'step'), String(step));
      onProgress({ part: step / steps, note: `step ${step} with ${threads} threads` });
    }
    const validation = seed - Math.abs(Math.log10(optimizer.learningRate) + 1);
    return {
      metric: 'points',
      unit: '',
      best: 'high',
      validation,
      curve: [{ step: steps, tokens: 10 * steps, validation }],
      steps,
      tokens: 10 * steps,
      seconds: 0,
      tokensPerSecond: null,
      parameters: 0,
    };
  },
  async test(raw: JsonObject, { folder }) {
    const { seed, optimizer } = raw as unknown as ToyConfig; // as above
    appendFileSync(join(folder, 'trace'), 'test\n');
    const test = seed + optimizer.learningRate;
    return { test, metrics: { points: test }, slices: [] };
  },
};
