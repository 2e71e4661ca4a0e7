import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compare, evaluate, generate, probe, train } from '../../api/index.js';
import { ConfigError } from '../../src/core/errors.js';
import type { PartialConfig } from '../../train/index.js';
import { temporaryFolder } from '../support/folder.js';
import { writeStories } from '../train/smallRun.js';

const home = temporaryFolder();
const source = await writeStories(home, 40);

const settings = (out: string): PartialConfig => ({
  model: { rule: 'delta', width: 16, layers: 1, heads: 2, keySize: 8, valueSize: 8, mlpWidth: 0 },
  data: { source, cacheFolder: null },
  tokenizer: { name: 'bytes', vocabularySize: 257 },
  train: { steps: 4, batchSize: 2, sequenceLength: 24, evalEvery: null, evalBatchSize: 2 },
  sample: { maxTokens: 4 },
  engine: { threads: 1 },
  out: join(home, out),
});

const { out: run } = await train({ preset: 'smoke', settings: settings('run') });

describe('one call for what a verb does', () => {
  const streams = (['stdout', 'stderr'] as const).map((name) => () => vi.spyOn(process[name], 'write'));
  let spies: ReturnType<(typeof streams)[number]>[] = [];
  const listeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
  let before = 0;
  beforeEach(() => {
    before = listeners();
    spies = streams.map((spy) => spy());
  });
  // Nothing is printed, and no signal is listened to.
  afterEach(() => {
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    for (const spy of spies) spy.mockRestore();
    expect(listeners()).toBe(before);
  });

  it('trains, tells what happens, and saves when it is aborted', async () => {
    const controller = new AbortController();
    const steps: number[] = [];
    const summary = await train({
      settings: settings('aborted'),
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step') steps.push(event.step);
        if (event.type === 'step' && event.step === 2) controller.abort();
      },
    });
    expect(summary).toMatchObject({ type: 'interrupted', step: 2, out: join(home, 'aborted') });
    expect(steps).toEqual([1, 2]);
    await expect(train({ settings: { model: { width: 'x' as never } } })).rejects.toThrow(ConfigError);
  });

  it('fine-tunes', async () => {
    const tuned = await train({ from: run, settings: { train: { steps: 1 }, out: join(home, 'tuned') } });
    expect(tuned).toMatchObject({ type: 'done', step: 1, validation: { final: true } });
    await expect(train({ from: run, preset: 'tiny' })).rejects.toThrow("train.preset: a run with 'from' has");
  });

  it('evaluates by the probes named, writes where it is told to, and hears an abort', async () => {
    const parts: number[] = [];
    const out = join(home, 'evaluated');
    const found = await evaluate(run, { probes: ['lm'], out, onProgress: (part) => parts.push(part) });
    expect(found).toMatchObject({
      step: 4,
      data: source,
      seed: 1,
      scored: `3 validation stories of ${source}`,
    });
    const [first] = found.results;
    expect(first).toMatchObject({ probe: 'lm' });
    expect(first?.value).toBeGreaterThan(0);
    expect(found.files).toContain(join(out, 'report.html'));
    expect(found.files.every((path) => existsSync(path))).toBe(true);
    expect(parts.at(-1)).toBe(1);

    const [report] = await probe(run, ['lm'], { stories: 2 });
    expect(report?.probe).toBe('lm');
    expect(report?.results[0]?.n).toBe(2);
    await expect(probe(run, ['ml'])).rejects.toThrow("did you mean 'lm'?");
    await expect(evaluate(run, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('generates the same text for the same seed, piece by piece', async () => {
    const pieces: string[] = [];
    const first = await generate(run, 'Once', { tokens: 12, onText: (piece) => pieces.push(piece) });
    expect(pieces.join('')).toBe(first.text);
    expect(first).toMatchObject({ prompt: 'Once', seed: 1, checkpoint: join(run, 'step-000004') });
    expect(first.tokens).toBeLessThanOrEqual(12);
    expect((await generate(run, 'Once', { tokens: 12 })).text).toBe(first.text);
    const none = await generate(run, 'Once', { signal: AbortSignal.abort() });
    expect(none).toMatchObject({ text: '', tokens: 0, ended: false });
    await expect(generate(run, '', { topp: 0.5 } as object)).rejects.toThrow("did you mean 'topP'?");
  });

  it('compares, with a report, and gives back what was already done', async () => {
    // The workers run the sources, too.
    process.execArgv.push('--import', import.meta.resolve('tsx'));
    const events: string[] = [];
    const request = {
      task: ['induction', 'mqar'],
      rules: ['hebbian', 'delta'],
      seeds: 1,
      sets: [
        'train.samples=32',
        'train.evalSamples=8',
        'model.width=8',
        'model.mlpWidth=0',
        'model.layers=1',
      ],
      out: join(home, 'compared'),
      jobs: 1,
    } as const;
    const result = await compare({ ...request, onEvent: ({ type }) => events.push(type) });
    if (result.type === 'interrupted') throw new Error('expected a comparison that is done');
    const found = result.comparison.tasks.map(({ task, variants }) => [
      task,
      variants.map(({ label }) => label).toSorted(),
    ]);
    const both = [expect.stringContaining('delta'), expect.stringContaining('hebbian')];
    expect(found).toEqual([
      ['induction', both],
      ['mqar', both],
    ]);
    expect(result.comparison.cells).toMatchObject({ done: 4, total: 4 });
    expect(existsSync(join(result.out, 'report.html'))).toBe(true);
    expect(events).toContain('end');
    const stopped = await compare({ ...request, signal: AbortSignal.abort(), out: join(home, 'stopped') });
    expect(stopped).toMatchObject({ type: 'interrupted', out: join(home, 'stopped'), finished: 0 });
    await expect(compare({ ...request, rate: 1 } as never)).rejects.toThrow("unknown option 'rate'");
  });
});
