import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/checkpoint/store.js';
import { tf } from '../../src/core/tf.js';
import type { TrainEvent } from '../../train/events.js';
import type { RunSummary } from '../../train/run.js';
import { metricsOf, ofType, resume, Runner, type Run } from './runner.js';
import { someOf } from '../support/share.js';
import { bytesOf, steadyClock } from './smallRun.js';

let runner: Runner;
const train: Runner['train'] = async (overrides, how) => runner.train(overrides, how);

beforeAll(async () => {
  runner = await Runner.create();
});
afterAll(async () => {
  await runner.dispose();
});

describe('a run', () => {
  let straight: Run;
  beforeAll(async () => {
    straight = await train();
  });

  it('tells everything in order, ends with a summary, and learns', () => {
    const { events, summary, out } = straight;
    expect(events.find(({ type }) => type !== 'encoding')).toMatchObject({
      type: 'start',
      out,
      step: 0,
      engine: 'graph',
    });
    const steps = ofType(events, 'step');
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(Math.abs(steps[0]!.loss / Math.log(257) - 1)).toBeLessThan(0.02);
    expect(steps.at(-1)!.loss).toBeLessThan(steps[0]!.loss - 0.5);
    expect(steps.at(-1)).toMatchObject({ tokens: 20 * 48, progress: 1 });
    expect(ofType(events, 'validation').map(({ step, final }) => [step, final])).toEqual([
      [5, false],
      [10, false],
      [15, false],
      [20, false],
      [20, true],
    ]);
    expect(ofType(events, 'sample').map(({ step }) => step)).toEqual([10, 20]);
    expect(ofType(events, 'checkpoint').map(({ step }) => step)).toEqual([5, 10, 15, 20]);
    expect(events.at(-1)!.type).toBe('done');
    const last = ofType(events, 'validation').at(-1)!;
    expect(summary).toMatchObject({ type: 'done', step: 20, tokens: 960, out, solved: false });
    const { score, metrics, samples } = last;
    expect(summary.validation).toMatchObject({ step: 20, score, metrics, samples, final: true });
    expect(score).toBe(metrics.bitsPerByte);
    expect(summary.trainLoss).toBe(steps.at(-1)!.loss);
    expect(summary.curve.map(({ step, final }) => [step, final])).toEqual(
      [5, 10, 15, 20].map((step) => [step, false]),
    );
  });

  it('leaves checkpoints, config, metrics, an event file and a sample in its folder', async () => {
    const names = (await readdir(straight.out)).map((name) => name.replace(/tfevents.*/, 'tfevents')).sort();
    expect(names).toEqual([
      'config.json',
      'events.out.tfevents',
      'metrics.jsonl',
      'sample.txt',
      'step-000015',
      'step-000020',
    ]);
    const lines = await metricsOf(straight.out);
    expect(lines.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    const config = JSON.parse(await readFile(join(straight.out, 'config.json'), 'utf8')) as object;
    expect((await loadCheckpoint(straight.out)).config).toEqual(config);
    const sample = ofType(straight.events, 'sample').at(-1)!;
    expect(await readFile(join(straight.out, 'sample.txt'), 'utf8')).toBe(`Once${sample.text}\n`);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const expected = await bytesOf(straight.out, 20);
    expect(await bytesOf((await train()).out, 20)).toEqual(expected);
    expect((await bytesOf((await train({ seed: 2 })).out, 20)).weights).not.toBe(expected.weights);
  });

  it.each([10, 7])('of 20 updates is the same bytes as %i, a resume and the rest', async (stopAfter) => {
    const { out, summary, events } = await train({}, { stopAfter });
    expect(summary).toMatchObject({ type: 'interrupted', step: stopAfter });
    expect(events.at(-1)).toMatchObject({
      type: 'interrupted',
      checkpoint: join(out, `step-${String(stopAfter).padStart(6, '0')}`),
    });
    const resumed: TrainEvent[] = [];
    await resume(out, { onEvent: (event) => resumed.push(event) });
    expect(await bytesOf(out, 20)).toEqual(await bytesOf(straight.out, 20));
    const strip = ({ type, step, loss, gradNorm, learningRate }: Extract<TrainEvent, { type: 'step' }>) => ({
      type,
      step,
      loss,
      gradNorm,
      learningRate,
    });
    expect(ofType(resumed, 'step').map(strip)).toEqual(
      ofType(straight.events, 'step').slice(stopAfter).map(strip),
    );
    expect(ofType(resumed, 'sample').at(-1)!.text).toBe(ofType(straight.events, 'sample').at(-1)!.text);
  });

  it('resumes from an earlier checkpoint to the same bytes, and moves the later ones aside', async () => {
    const { out } = await train();
    await resume(join(out, 'step-000015'));
    expect(await bytesOf(out, 20)).toEqual(await bytesOf(straight.out, 20));
    expect((await loadCheckpoint(join(out, 'later-step-000020'))).step).toBe(20);
  });

  it('killed in its last looks has lost no update, and comes to the same', async () => {
    const out = runner.newFolder();
    const onEvent = (event: TrainEvent): void => {
      // The consumer of the events is gone, as with a kill: the loop is not gone on with.
      if (event.type === 'validation' && event.final) throw new Error('killed');
    };
    await expect(train({}, { out, onEvent })).rejects.toThrow('killed');
    const stepsOf = async (folder: string): Promise<string[]> =>
      (await readdir(folder)).filter((name) => name.startsWith('step-')).sort();
    expect(await stepsOf(out)).toEqual(['step-000010', 'step-000015', 'step-000020']);
    expect(await resume(out)).toMatchObject({ type: 'done', step: 20 });
    expect(await bytesOf(out, 20)).toEqual(await bytesOf(straight.out, 20));
    expect(await stepsOf(out)).toEqual(await stepsOf(straight.out));
    const progressOf = async (folder: string): Promise<unknown> => {
      const { progress } = await loadCheckpoint(folder);
      return { ...progress, elapsedMs: 0, tokensPerSecond: 0 };
    };
    expect(await progressOf(out)).toEqual(await progressOf(straight.out));
    expect(await progressOf(out)).toMatchObject({
      lastValidation: { score: expect.any(Number) as number },
    });
  });

  it('killed anywhere in its finish logs and measures nothing twice', async () => {
    const short = { train: { steps: 4, evalEvery: 2, saveEvery: 2, diagnosticsEvery: 2 } };
    const timeless = async (out: string): Promise<unknown[]> =>
      (await metricsOf(out)).map((line) => ({ ...line, elapsedMs: 0, tokensPerSecond: 0 }));
    const whole = await train(short);
    const wanted = await timeless(whole.out);
    const end = whole.events.findLastIndex(({ type }) => type === 'step');
    const places = whole.events.map((_, i) => i).slice(end + 1);
    for (const kill of someOf(places, 3)) {
      let seen = 0;
      const out = runner.newFolder();
      const onEvent = (): void => {
        if (seen++ === kill) throw new Error('killed');
      };
      await expect(train(short, { out, onEvent })).rejects.toThrow('killed');
      const { curve } = await resume(out);
      expect(curve.map(({ step }) => step)).toEqual([2, 4]);
      expect(await timeless(out)).toEqual(wanted);
      await resume(out);
      expect(await timeless(out)).toEqual(wanted);
    }
    // Shortened to a step at which it validated and saved.
    const shortened = await train(short, { stopAfter: 2 });
    expect((await resume(shortened.out, { sets: ['train.steps=2'] })).curve).toHaveLength(1);
    const lines = (await metricsOf(shortened.out)).map((line) => JSON.stringify(line));
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('cuts the metrics back to the step it resumes from', async () => {
    const { out } = await train({}, { stopAfter: 10 });
    const line = (step: number): string => `${JSON.stringify({ type: 'step', step })}\n`;
    await appendFile(join(out, 'metrics.jsonl'), `${line(11)}${line(12)}{"type":"st`);
    await resume(out);
    const steps = (await metricsOf(out)).filter(({ type }) => type === 'step').map(({ step }) => step);
    expect(steps).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('goes on after its end with more steps, and has nothing to train with as many', async () => {
    const { out } = await train({ train: { steps: 4 } });
    const events: TrainEvent[] = [];
    expect(await resume(out, { onEvent: (event) => events.push(event) })).toMatchObject({
      type: 'done',
      step: 4,
    });
    expect(events.map(({ type }) => type).filter((type) => type !== 'encoding')).toEqual(['start', 'done']);
    expect(await resume(out, { sets: ['train.steps=6'] })).toMatchObject({ type: 'done', step: 6 });
  });

  it('stops after the update under way when asked, with a checkpoint', async () => {
    const stop = new AbortController();
    const onEvent = (event: TrainEvent): void => {
      if (event.type === 'step' && event.step === 3) stop.abort();
    };
    const { summary, out } = await train({}, { signal: stop.signal, onEvent });
    expect(summary).toMatchObject({ type: 'interrupted', step: 3, checkpoint: join(out, 'step-000003') });
  });

  it('keeps its best checkpoint beside the newest', async () => {
    // At such a rate no weight changes, so that no later validation is better than the first.
    const { out, events } = await train({ train: { keep: 1 }, optimizer: { learningRate: 1e-30 } });
    const { best } = events.at(-1) as RunSummary;
    expect(best!.step).toBe(5);
    const saved = (await readdir(out)).filter((name) => name.startsWith('step-'));
    expect(saved).toEqual([`step-${String(best!.step).padStart(6, '0')}`, 'step-000020']);
    expect(
      ofType(events, 'validation')
        .filter((event) => event.best)
        .at(-1)!.step,
    ).toBe(best!.step);
  });

  it('with a budget in tokens makes whole updates', async () => {
    const { summary } = await train({
      train: { tokens: 100, evalEvery: null, saveEvery: null, sampleEvery: null },
    });
    expect(summary).toMatchObject({ type: 'done', step: 3, tokens: 144 });
  });

  it('with a budget in minutes follows the clock, also over a resume', async () => {
    const { events, summary, out } = await train({ train: { minutes: 0.5 } }, { tickMs: 700 });
    expect(summary.type).toBe('done');
    const steps = ofType(events, 'step');
    expect(steps.at(-1)!.elapsedMs).toBeGreaterThan(20_000);
    expect(steps.at(-1)!.elapsedMs).toBeLessThan(35_000);
    expect(steps.map(({ progress }) => progress)).toEqual(
      steps.map(({ elapsedMs }) => Math.min(1, elapsedMs / 30_000)),
    );
    const more: TrainEvent[] = [];
    await resume(out, {
      overrides: { train: { minutes: 0.7 } },
      clock: steadyClock(700),
      onEvent: (event) => more.push(event),
    });
    expect(ofType(more, 'step')[0]!.elapsedMs).toBeGreaterThan(steps.at(-1)!.elapsedMs);
  });

  it('holds no more tensors after more updates, validations, samples, looks and saves', async () => {
    const [held, between]: [number[], string[][]] = [[], [[]]];
    const onEvent = ({ type }: TrainEvent): void => {
      between.at(-1)!.push(type);
      if (type !== 'checkpoint') return;
      held.push(tf.memory().numTensors);
      between.push([]);
    };
    const train5 = { steps: 25, evalEvery: 5, sampleEvery: 5, diagnosticsEvery: 5, saveEvery: 5 };
    await train({ train: train5 }, { onEvent });
    expect(held).toHaveLength(5);
    for (const types of between.slice(1, 4)) {
      expect(types).toEqual(expect.arrayContaining(['step', 'validation', 'sample', 'histograms']));
    }
    expect(new Set(held.slice(1)).size).toBe(1);
  });

  it('accumulates over micro-batches', async () => {
    const { summary } = await train({ train: { accumulationSteps: 2, steps: 3 } });
    expect(summary).toMatchObject({ step: 3, tokens: 3 * 2 * 48 });
  });
});
