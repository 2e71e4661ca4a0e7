import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DecodeTiming } from '../../bench/decode.js';
import type { MemoryTrace } from '../../bench/memory.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlovHere } from '../support/pavlov.js';

const folder = temporaryFolder();

const MODEL = [
  ...[
    '--preset',
    'smoke',
    '--set',
    'model.width=16',
    '--set',
    'model.layers=1',
    '--set',
    'train.batchSize=2',
  ],
  ...['--set', 'train.sequenceLength=32', '--set', 'tokenizer.vocabularySize=64'],
];
const SMALL = [...MODEL, '--steps', '5'];

const number = expect.any(Number) as number;
const memory = { rssBytes: number, heapBytes: number, externalBytes: number, tensors: number };

/** Runs `bench` with `--json`; the document. */
async function benchJson<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await pavlovHere(['bench', ...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  // The cast: what matters is checked by the tests.
  return JSON.parse(stdout) as T;
}

describe('pavlov bench train', () => {
  it('--json gives every field of the design', async () => {
    const timing = await benchJson<Record<string, unknown>>('train', ...SMALL);
    const numbers = ['tokensPerSecond', 'stepMs', 'gflops', 'gemmGflops', 'fractionOfGemm', 'compileSeconds'];
    for (const field of [...numbers, 'peakRssBytes', 'parameters'])
      expect(timing[field], field).toBeGreaterThan(0);
    expect(timing).toMatchObject({ steps: 5, optimizer: 'adamw' });
    expect(timing.kernels).toContainEqual({
      kernel: 'Gemm',
      ms: number,
      nodes: number,
    });
  });

  it('prints tables, and takes the optimizer of a file of settings', async () => {
    const file = join(folder, 'settings.yaml');
    writeFileSync(file, 'optimizer: { name: muon }\n');
    const { code, stdout } = await pavlovHere(['bench', 'train', ...SMALL, '--config', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^optimizer +muon$/m);
    expect(stdout).toMatch(/^tokens\/s +[\d,]+\nstep, median +[\d.]+ ms$/m);
  });

  it.each([
    [['trian'], "pavlov bench: unknown command 'trian'; did you mean 'train'?\n"],
    [['train', '--steps', '0'], "--steps: expected a whole number of at least 1, got '0'\n"],
    [['train', '--data', 'x'], "pavlov bench train: unknown option '--data'; did you mean '--gate'?\n"],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await pavlovHere(['bench', ...args]);
    expect([code, stderr]).toEqual([2, message]);
  });
});

describe('pavlov bench decode', () => {
  it('--json times a token near the start and one at the end, with and without sampling', async () => {
    const timing = await benchJson<DecodeTiming>('decode', ...MODEL, '--gate', 'none', '--tokens', '150');
    const pass = {
      tokensPerSecond: number,
      tokenMs: number,
      seconds: number,
      first: { from: 10, to: 60, tokenMs: number, memory },
      last: { from: 100, to: 150, tokenMs: number, memory },
      lastOverFirst: number,
    };
    expect(timing).toEqual({
      tokens: 150,
      plain: pass,
      sampled: pass,
      parameters: number,
      compileSeconds: number,
      sampling: { temperature: 0.8, topK: 0, topP: 0.95, minP: 0, repetitionPenalty: 1 },
      drawOverToken: number,
      texts: {
        one: { tokensPerSecond: number },
        together: { rows: 32, tokensPerSecond: number, modelTokensPerSecond: number },
      },
      // Two heads with a memory of 32 x 32 each, and 3 tokens of the convolution of their queries, keys and values.
      stateBytes: 4 * (2 * 32 * 32 + 3 * 3 * 64),
    });
    for (const { tokensPerSecond, tokenMs, first, last, lastOverFirst } of [timing.plain, timing.sampled]) {
      for (const value of [tokensPerSecond, tokenMs, first.tokenMs]) expect(value).toBeGreaterThan(0);
      expect(lastOverFirst).toBe(last.tokenMs / first.tokenMs);
      expect(last.memory.tensors).toBe(first.memory.tensors);
    }
  });

  it('prints a table', async () => {
    const { code, stdout } = await pavlovHere(['bench', 'decode', ...MODEL, '--tokens', '110']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^decoding +model alone +with sampling\ntokens\/s +[\d,]+ +[\d,]+$/m);
    expect(stdout).toMatch(/^tokens 10 to 60 +[\d.]+ ms +[\d.]+ ms\ntokens 60 to 110 +[\d.]+ ms/m);
    expect(stdout).toMatch(/^whole texts .*\none text +[\d,]+ .*\n32 texts together +[\d,]+ +[\d.]+ x/m);
  });

  it('refuses fewer tokens than start and end need', async () => {
    const { code, stderr } = await pavlovHere(['bench', 'decode', '--tokens', '109']);
    expect([code, stderr]).toEqual([2, "--tokens: expected a whole number of at least 110, got '109'\n"]);
  });
});

describe('pavlov bench memory', () => {
  it('--json reads memory on the way, and what stays is the same after every step', async () => {
    const trace = await benchJson<MemoryTrace>('memory', ...MODEL, '--steps', '20');
    const steps = [5, 6, 8, 10, 12, 14, 16, 18, 20];
    expect(trace).toEqual({
      optimizer: 'muon',
      parameters: number,
      steps: 20,
      growth: memory,
      peakRssBytes: number,
      points: steps.map((step) => ({ step, ...memory })),
    });
    expect(new Set(trace.points.map(({ tensors }) => tensors)).size).toBe(1);
    const [first, last] = [trace.points[0], trace.points.at(-1)];
    expect(trace.growth.heapBytes).toBe((last?.heapBytes ?? NaN) - (first?.heapBytes ?? NaN));
    expect(trace.peakRssBytes).toBeGreaterThanOrEqual(last?.rssBytes ?? Infinity);
  });

  it('prints a table', async () => {
    const { code, stdout } = await pavlovHere(['bench', 'memory', ...MODEL, '--steps', '10']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ *step +resident +heap +buffers +tensors\n +5 +[\d.]+ MB/m);
    expect(stdout).toMatch(/^growth +-?[\d.]+ k?M?B .* 0$/m);
  });
});
