import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTask, tasks } from '../../../data/index.js';
import { listCheckpoints } from '../../../src/checkpoint/store.js';
import { CheckpointError, ConfigError, NonFiniteError } from '../../../src/core/errors.js';
import { tf } from '../../../src/core/tf.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { TrainEvent } from '../../../train/events.js';
import { resumeRun, trainOrResume, type RunOptions, type RunSummary } from '../../../train/run.js';
import { loadTaskRun, stepsOf, testOnTask, type TaskRunConfig } from '../../../train/tasks/index.js';
import { temporaryFolder } from '../../support/folder.js';
import { metricsOf, ofType } from '../runner.js';
import { eagerEngine, microConfig, steadyClock } from './microTask.js';

let engine: Engine;
beforeAll(async () => {
  engine = await eagerEngine();
});
afterAll(async () => engine.dispose());

const train = async (
  config: TaskRunConfig,
  out = temporaryFolder(),
  options: Partial<RunOptions> = {},
): Promise<RunSummary> => trainOrResume({ config: { ...config, out }, clock: steadyClock(), ...options });

/** Everything a checkpoint of a step says but for times. */
async function bytesOf(folder: string, step: number): Promise<readonly string[]> {
  const path = join(folder, `step-${String(step).padStart(6, '0')}`);
  const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')) as {
    progress: { curve: unknown; lossSum: number };
  };
  const tensors = ['weights', 'optimizer'].map(async (name) =>
    readFile(join(path, `${name}.safetensors`), 'hex'),
  );
  return [...(await Promise.all(tensors)), JSON.stringify(manifest.progress.curve)];
}

describe.each(Object.keys(tasks))('a micro model on %s', (task) => {
  it('trains, validates and is tested without a leak', async () => {
    const config = await microConfig(task);
    const events: TrainEvent[] = [];
    await tf.ready();
    const before = tf.memory().numTensors;
    const out = temporaryFolder();
    const summary = await train(config, out, { onEvent: (event) => events.push(event) });
    const { model } = await loadTaskRun(out);
    const scores = await testOnTask(model, config, { engine });
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(summary).toMatchObject({ type: 'done', step: stepsOf(config), solved: false });
    expect(summary.step).toBe(4);
    expect(summary.curve.map(({ step }) => step)).toEqual([2, 4]);
    for (const { loss, score } of summary.curve) expect([loss, score].every(Number.isFinite)).toBe(true);
    const losses = ofType(events, 'step').map(({ loss }) => loss);
    expect(losses).toHaveLength(4);
    expect(losses.every(Number.isFinite)).toBe(true);
    const { metrics } = openTask(tasks[task]!, scores[0]!.settings, 1);
    expect(scores.map(({ metric }) => metric)).toEqual(metrics.map(({ name }) => name));
    for (const { bySample, mean, n, slices, baselines } of scores) {
      expect(bySample.sums).toHaveLength(3);
      const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
      expect(sum(bySample.sums) / sum(bySample.counts)).toBeCloseTo(mean, 10);
      expect(sum(bySample.counts)).toBe(n);
      expect(slices.length).toBeGreaterThan(0);
      for (const other of baselines) expect(other.bySample.counts).toEqual(bySample.counts);
    }
    expect(JSON.parse(JSON.stringify({ summary, scores }))).toEqual({ summary, scores });
  });
});

describe('a training that is stopped', () => {
  it.each([
    ['fresh samples', {}],
    ['a finite set', { train: { samples: null, epochs: 2 } as never }],
    ['micro-batches', { train: { accumulationSteps: 2, samples: 16 } as never }],
  ])('goes on to the same bytes with %s', async (_kind, over) => {
    const [straight, stopped] = [temporaryFolder(), temporaryFolder()];
    const parts = [
      { name: 'short', settings: { length: 16 }, samples: 5 },
      { name: 'long', settings: { length: 20 }, samples: 3 },
    ];
    const config = await microConfig('mqar', {
      task: { settings: { vocabulary: 64, pairs: 2 }, train: parts },
      ...over,
    });
    await train(config, straight);
    const steps = stepsOf(config);
    for (let stopAfter = 1; stopAfter <= steps; stopAfter += 2) {
      const summary = await train(config, stopped, { stopAfter });
      expect(summary).toMatchObject({ type: 'interrupted', step: stopAfter });
    }
    expect(await train(config, stopped)).toMatchObject({ type: 'done', step: steps });
    expect(await bytesOf(stopped, steps)).toEqual(await bytesOf(straight, steps));
  });

  it('goes on from an earlier checkpoint, as after a kill, to the same bytes', async () => {
    const [straight, killed] = [temporaryFolder(), temporaryFolder()];
    const config = await microConfig('noisy-recall', { train: { saveEvery: 1, keep: 9 } });
    for (const folder of [straight, killed]) await train(config, folder);
    for (const { step, path } of await listCheckpoints(killed))
      if (step > 1) await rm(path, { recursive: true });
    const summary = await resumeRun({ folder: killed, clock: steadyClock() });
    expect(summary).toMatchObject({ type: 'done', step: 4 });
    expect(await bytesOf(killed, 4)).toEqual(await bytesOf(straight, 4));
  });

  it('stops when it is asked, and saves', async () => {
    const folder = temporaryFolder();
    const abort = new AbortController();
    const onEvent = ({ type }: TrainEvent): void => {
      if (type === 'step') abort.abort();
    };
    const summary = await train(await microConfig('induction'), folder, { signal: abort.signal, onEvent });
    expect(summary).toMatchObject({ type: 'interrupted', step: 1, validation: null });
    expect((await listCheckpoints(folder)).map(({ step }) => step)).toEqual([1]);
  });

  it('gives a finished run back as it is, with its weights', async () => {
    const folder = temporaryFolder();
    const config = await microConfig('induction');
    const first = await train(config, folder);
    const bytes = await bytesOf(folder, first.step);
    const events: TrainEvent[] = [];
    const again = await train(config, folder, { onEvent: (event) => events.push(event) });
    expect(events.map(({ type }) => type)).toEqual(['start', 'done']);
    expect(again).toEqual({ ...first, compileSeconds: again.compileSeconds });
    expect(await bytesOf(folder, first.step)).toEqual(bytes);
    const loaded = await loadTaskRun(folder);
    expect(loaded.config).toEqual({ ...config, out: folder });
    loaded.model.dispose();
  });

  it('refuses the folder of another config', async () => {
    const folder = temporaryFolder();
    const config = await microConfig('induction');
    await train(config, folder, { stopAfter: 1 });
    const other = await microConfig('induction', { seed: 2 });
    await expect(train(other, folder)).rejects.toThrow(ConfigError);
    await expect(train(other, folder)).rejects.toThrow(/expected an empty one, .*got a run with another/);
    const fewer = config.task.validation.map((part) => ({ ...part, samples: 2 }));
    const task = { ...config.task, validation: fewer };
    await expect(resumeRun({ folder, clock: steadyClock(), overrides: { task } })).rejects.toThrow(
      /config\.task: expected that of the run/,
    );
    await expect(loadTaskRun(temporaryFolder())).rejects.toThrow(CheckpointError);
  });
});

describe('the options of a run', () => {
  it('hold for a task: metrics, event files, the best checkpoint and the number kept', async () => {
    const folder = temporaryFolder();
    // At such a rate no weight changes, so that no later validation is better than the first.
    const config = await microConfig('induction', {
      train: { evalEvery: 1, saveBest: true, logEvery: 2 },
      optimizer: { learningRate: 1e-30 },
    });
    const summary = await train(config, folder);
    expect(summary.best?.step).toBe(1);
    expect((await listCheckpoints(folder)).map(({ step }) => step)).toEqual([1, 4]);
    const lines = (await metricsOf(folder)).map(({ type, step }) => `${type} ${step}`);
    expect(lines).toEqual([
      ...['step 1', 'validation 1', 'step 2', 'validation 2', 'validation 3', 'step 4', 'validation 4'],
    ]);
    const names = await readdir(folder);
    expect(names.some((name) => name.startsWith('events.out.tfevents'))).toBe(true);
    expect(names).toContain('config.json');
  });
});

describe('diagnostics', () => {
  it.each(['mqar', 'linear-regression'])('of the memories on %s change no byte', async (task) => {
    const [watched, blind] = [temporaryFolder(), temporaryFolder()];
    const config = await microConfig(task, { train: { diagnosticsEvery: 2 } });
    const events: TrainEvent[] = [];
    await train(config, watched, { onEvent: (event) => events.push(event) });
    await train({ ...config, train: { ...config.train, diagnosticsEvery: null } }, blind);
    expect(await bytesOf(watched, 4)).toEqual(await bytesOf(blind, 4));
    const found = ofType(events, 'diagnostics');
    expect(found.map(({ step }) => step)).toEqual([2, 4]);
    for (const { heads } of found) {
      expect(heads).toHaveLength(1);
      expect([heads[0]!.stateNorm, heads[0]!.keyInterference].every((x) => x > 0)).toBe(true);
    }
    expect((await metricsOf(watched)).filter(({ type }) => type === 'diagnostics')).toHaveLength(2);
  });
});

describe('the end of a training', () => {
  it('comes early when validation is good enough', async () => {
    const summary = await train(await microConfig('induction', { train: { stopAt: 0 } }));
    expect(summary).toMatchObject({ type: 'done', solved: true, step: 2 });
    const low = await microConfig('linear-regression', { train: { stopAt: 1e6 } });
    expect(await train(low)).toMatchObject({ type: 'done', solved: true, step: 2 });
  });

  it.each([1, 2])(
    'tells of a loss that is not finite, and keeps the weights before it (saved every %d)',
    async (saveEvery) => {
      const folder = temporaryFolder();
      const over = {
        optimizer: { learningRate: 1e30, clipNorm: null },
        schedule: { warmup: 0 },
        train: { saveEvery },
      };
      const config = await microConfig('linear-regression', over);
      const fault = /step \d+: expected a finite loss and gradient, got .*; lower optimizer.learningRate/;
      await expect(train(config, folder)).rejects.toThrow(NonFiniteError);
      await expect(train(config, folder)).rejects.toThrow(fault);
      const { model } = await loadTaskRun(folder);
      for (const { variable } of model.weights)
        expect([...variable.dataSync()].every(Number.isFinite)).toBe(true);
      model.dispose();
      const skipping = await microConfig('linear-regression', {
        ...over,
        train: { ...over.train, onNonFinite: 'skip', evalEvery: null },
      });
      const events: TrainEvent[] = [];
      await train(skipping, temporaryFolder(), { onEvent: (event) => events.push(event) }).catch(
        (error: unknown) => expect(error).toBeInstanceOf(NonFiniteError), // of the last validation
      );
      expect(ofType(events, 'nonFinite').length).toBeGreaterThan(0);
      expect(events.some(({ type, ...rest }) => type === 'checkpoint' && 'step' in rest)).toBe(true);
    },
  );
});
