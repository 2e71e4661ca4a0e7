import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../../src/core/tf.js';
import type { TrainEvent } from '../../../train/events.js';
import { metricsOf, ofType, resume, Runner } from '../runner.js';
import { bytesOf } from '../smallRun.js';

let runner: Runner;
beforeAll(async () => {
  runner = await Runner.create();
});
afterAll(async () => {
  await runner.dispose();
});

const model = { rule: 'bcm', gate: 'scalar', layers: 2, mixer: ['softmax', 'conditioning'] as const };
const quiet = { steps: 8, evalEvery: null, sampleEvery: null, saveEvery: 4 };
const watched = { model: { ...model, mixer: [...model.mixer] }, train: { ...quiet, diagnosticsEvery: 2 } };
const blind = { ...watched, train: { ...quiet, diagnosticsEvery: null } };

/** A line of histograms in metrics.jsonl. */
interface Logged {
  readonly values: Readonly<
    Record<string, { n: number; mean: number; low: number; high: number; counts: number[] }>
  >;
}

describe('diagnostics of a run', () => {
  it('change no byte of weights, moments and cursor', async () => {
    const [a, b] = [await runner.train(watched), await runner.train(blind)];
    expect(ofType(a.events, 'diagnostics').map(({ step }) => step)).toEqual([2, 4, 6, 8]);
    expect(ofType(b.events, 'diagnostics')).toEqual([]);
    expect(await bytesOf(a.out, 8)).toEqual(await bytesOf(b.out, 8));
  });

  it('are written for each memory of each conditioning block, also over a resume', async () => {
    const { out, events } = await runner.train(watched);
    const lines = (await metricsOf(out)).filter(({ type }) => type === 'diagnostics');
    expect(lines.map(({ step }) => step)).toEqual([2, 4, 6, 8]);
    const [first] = lines as unknown as { heads: object[] }[];
    expect(first!.heads).toEqual(
      [0, 1].map((head) => ({
        block: 1,
        head,
        stability: null,
        stateNorm: expect.any(Number) as number,
        largestStateNorm: expect.any(Number) as number,
        effectiveRank: expect.any(Number) as number,
        keyInterference: expect.any(Number) as number,
        state: { theta: expect.any(Number) as number },
      })),
    );
    const names = Object.keys(ofType(events, 'histograms')[0]!.values).sort();
    expect(names).toEqual(
      ['beta', 'decay', 'theta'].flatMap((name) => [0, 1].map((head) => `${name}/block 1/head ${head}`)),
    );
    const histograms = (await metricsOf(out)).filter(({ type }) => type === 'histograms');
    expect(histograms.map(({ step }) => step)).toEqual([2, 4, 6, 8]);
    const { values } = ofType(events, 'histograms')[0]!;
    for (const [name, own] of Object.entries(values)) {
      const { n, mean, low, high, counts } = (histograms[0] as unknown as Logged).values[name]!;
      expect([n, low, high]).toEqual([own.length, Math.min(...own), Math.max(...own)]);
      expect(mean).toBeCloseTo(own.reduce((sum, x) => sum + x, 0) / n, 6);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(n);
    }
    const parts = await runner.train(watched, { stopAfter: 4 });
    await resume(parts.out);
    const looks = ({ type }: { type?: unknown }): boolean => type === 'diagnostics' || type === 'histograms';
    expect((await metricsOf(parts.out)).filter(looks)).toEqual((await metricsOf(out)).filter(looks));
  });

  it('are scalars in TensorBoard', async () => {
    const { out } = await runner.train({ ...watched, model: { ...watched.model, rule: 'delta' } });
    const [name] = (await readdir(out)).filter((file) => file.startsWith('events.'));
    const bytes = (await readFile(join(out, name!))).toString('latin1');
    for (const tag of [
      'state norm',
      'largest state norm',
      'effective rank',
      'key interference',
      'stability margin',
    ]) {
      expect(bytes).toContain(`${tag}/block 1/head 1`);
    }
  });

  it('hold no more tensors after more looks', async () => {
    const held: number[] = [];
    const onEvent = ({ type }: TrainEvent): void => {
      if (type === 'diagnostics') held.push(tf.memory().numTensors);
    };
    await runner.train(watched, { onEvent });
    expect(held).toHaveLength(4);
    expect(new Set(held.slice(1)).size).toBe(1);
  });

  it('of a model without memories are none', async () => {
    const { events } = await runner.train({ ...watched, model: { ...watched.model, mixer: 'softmax' } });
    expect(ofType(events, 'diagnostics')).toEqual([]);
    expect(ofType(events, 'histograms')).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'done', step: 8 });
  });
});
