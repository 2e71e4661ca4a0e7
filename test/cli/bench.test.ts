import { describe, expect, it } from 'vitest';
import { pavlovHere } from '../support/pavlov.js';

const SMALL = [
  ...['--preset', 'smoke', '--set', 'model.width=16', '--set', 'model.blocks=1', '--set', 'train.rows=2'],
  ...['--set', 'train.length=32', '--set', 'tokenizer.vocabulary=64', '--steps', '5'],
];

describe('pavlov bench train', () => {
  it('--json gives every field of the design', async () => {
    const { code, stdout, stderr } = await pavlovHere(['bench', 'train', ...SMALL, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    // The cast: the fields are checked below.
    const timing = JSON.parse(stdout) as Record<string, unknown>;
    const numbers = ['tokensPerSecond', 'stepMs', 'gflops', 'gemmGflops', 'fractionOfGemm', 'compileSeconds'];
    for (const field of [...numbers, 'peakRssBytes', 'parameters'])
      expect(timing[field], field).toBeGreaterThan(0);
    expect(timing.steps).toBe(5);
    expect(timing.kernels).toContainEqual({
      kernel: 'Gemm',
      ms: expect.any(Number) as number,
      nodes: expect.any(Number) as number,
    });
  });

  it('prints tables', async () => {
    const { code, stdout } = await pavlovHere(['bench', 'train', ...SMALL]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tokens\/s +[\d,]+\nstep, median +[\d.]+ ms$/m);
  });

  it.each([
    [['trian'], "pavlov bench: expected a known verb, got 'trian'; did you mean 'train'?\n"],
    [['train', '--steps', '0'], "--steps: expected a whole number of at least 1, got '0'\n"],
    [
      ['train', '--data', 'x'],
      "pavlov bench train: expected a known option, got '--data'; did you mean '--gate'?\n",
    ],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await pavlovHere(['bench', ...args]);
    expect([code, stderr]).toEqual([2, message]);
  });
});
