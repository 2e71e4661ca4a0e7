import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTask, tasks } from '../../../data/index.js';
import { listCheckpoints } from '../../../src/checkpoint/store.js';
import { CheckpointError, ConfigError } from '../../../src/core/errors.js';
import { tf } from '../../../src/core/tf.js';
import type { Engine } from '../../../src/engine/engine.js';
import type {
  TaskEvent,
  TaskRunConfig,
  TaskTrainOptions,
  TaskTraining,
} from '../../../train/tasks/contract.js';
import { loadTaskRun, stepsOf, testOnTask, trainOnTask } from '../../../train/tasks/index.js';
import { temporaryFolder } from '../../support/folder.js';
import { eagerEngine, microConfig, steadyClock } from './microTask.js';

let engine: Engine;
beforeAll(async () => {
  engine = await eagerEngine();
});
afterAll(async () => engine.dispose());

const train = async (config: TaskRunConfig, options: Partial<TaskTrainOptions> = {}): Promise<TaskTraining> =>
  trainOnTask(config, { engine, clock: steadyClock(), ...options });

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
    const events: TaskEvent[] = [];
    await tf.ready();
    const before = tf.memory().numTensors;
    const { model, result } = await train(config, { onEvent: (event) => events.push(event) });
    const scores = await testOnTask(model, config, { engine });
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(result).toMatchObject({ status: 'done', steps: stepsOf(config), fault: null });
    expect(result.steps).toBe(4);
    expect(result.curve.map(({ step }) => step)).toEqual([2, 4]);
    for (const { loss, score } of result.curve) expect([loss, score].every(Number.isFinite)).toBe(true);
    const losses = events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
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
    expect(JSON.parse(JSON.stringify({ result, scores }))).toEqual({ result, scores });
  });
});

describe('a training that is stopped', () => {
  it.each([
    ['fresh samples', {}],
    ['a finite set', { train: { samples: null, epochs: 2 } as never }],
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
    (await train(config, { folder: straight })).model.dispose();
    const steps = stepsOf(config);
    for (let stopAfter = 1; stopAfter <= steps; stopAfter += 2) {
      const { model, result } = await train(config, { folder: stopped, stopAfter });
      expect(result.status).toBe('interrupted');
      expect(result.steps).toBe(stopAfter);
      model.dispose();
    }
    const { model, result } = await train(config, { folder: stopped });
    expect(result).toMatchObject({ status: 'done', steps });
    expect(await bytesOf(stopped, steps)).toEqual(await bytesOf(straight, steps));
    model.dispose();
  });

  it('goes on from an earlier checkpoint, as after a kill, to the same bytes', async () => {
    const [straight, killed] = [temporaryFolder(), temporaryFolder()];
    const config = await microConfig('noisy-recall', { train: { saveEvery: 1, keep: 9 } });
    for (const folder of [straight, killed]) (await train(config, { folder })).model.dispose();
    for (const { step, path } of await listCheckpoints(killed))
      if (step > 1) await rm(path, { recursive: true });
    const { model, result } = await train(config, { folder: killed });
    model.dispose();
    expect(result).toMatchObject({ status: 'done', steps: 4 });
    expect(await bytesOf(killed, 4)).toEqual(await bytesOf(straight, 4));
  });

  it('stops when it is asked, and saves', async () => {
    const folder = temporaryFolder();
    const abort = new AbortController();
    const config = await microConfig('induction');
    const onEvent = ({ type }: TaskEvent): void => {
      if (type === 'step') abort.abort();
    };
    const { model, result } = await train(config, { folder, signal: abort.signal, onEvent });
    model.dispose();
    expect(result).toMatchObject({ status: 'interrupted', steps: 1, validation: null });
    expect((await listCheckpoints(folder)).map(({ step }) => step)).toEqual([1]);
  });

  it('gives a finished run back as it is, with its weights', async () => {
    const folder = temporaryFolder();
    const config = await microConfig('induction');
    const first = await train(config, { folder });
    const events: TaskEvent[] = [];
    const again = await train(config, { folder, onEvent: (event) => events.push(event) });
    const loaded = await loadTaskRun(folder);
    expect(events).toEqual([]);
    expect(again.result).toEqual(first.result);
    expect(loaded.config).toEqual(config);
    for (const { model } of [again, loaded]) {
      model.weights.forEach(({ variable }, i) => {
        expect([...variable.dataSync()]).toEqual([...first.model.weights[i]!.variable.dataSync()]);
      });
      model.dispose();
    }
    first.model.dispose();
  });

  it('refuses the folder of another config', async () => {
    const folder = temporaryFolder();
    (await train(await microConfig('induction'), { folder, stopAfter: 1 })).model.dispose();
    const other = await microConfig('induction', { seed: 2 });
    await expect(train(other, { folder })).rejects.toThrow(ConfigError);
    await expect(train(other, { folder })).rejects.toThrow(
      /expected an empty one, .*got a training with another/,
    );
    await expect(loadTaskRun(temporaryFolder())).rejects.toThrow(CheckpointError);
  });
});

describe('the end of a training', () => {
  it('comes early when validation is good enough', async () => {
    const { model, result } = await train(await microConfig('induction', { train: { stopAt: 0 } }));
    model.dispose();
    expect(result).toMatchObject({ status: 'solved', steps: 2 });
    const low = await microConfig('linear-regression', { train: { stopAt: 1e6 } });
    const regression = await train(low);
    regression.model.dispose();
    expect(regression.result).toMatchObject({ status: 'solved', best: 'low', steps: 2 });
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
      const { model, result } = await train(config, { folder });
      expect(result.status).toBe('diverged');
      expect(result.steps).toBeLessThan(stepsOf(config));
      expect(result.fault).toMatch(
        /step \d+: expected a finite loss and gradient, got .*; lower optimizer.learningRate/,
      );
      for (const { variable } of model.weights)
        expect([...variable.dataSync()].every(Number.isFinite)).toBe(true);
      model.dispose();
      const again = await train(config, { folder });
      expect(again.result).toEqual(result);
      again.model.dispose();
    },
  );
});
