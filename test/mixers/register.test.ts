import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { planGrid } from '../../experiments/plan.js';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { matrixSpec, weightOf } from '../../src/core/weights.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { Mixer, MixerState } from '../../src/mixers/contract.js';
import { mixers, registerMixer } from '../../src/mixers/registry.js';
import { Decoder, prefill } from '../../src/model/decode.js';
import { modelIssues } from '../../src/model/config.js';
import { Model } from '../../src/model/model.js';
import { linear } from '../../src/ops/linear.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';
import '../support/close.js';
import { tinyConfig, tokens } from '../model/support.js';

/** The running mean of projected tokens: y_t = mean of x_s W over s <= t. */
const runningMean: Mixer = {
  name: 'running-mean',
  title: 'the mean of all tokens so far',
  source: 'this test',
  options: {},
  inBlock: true,
  takesRule: false,
  keepsTokens: false,
  issues: () => [],
  plan: ({ outputScale }) => {
    const width = (x: Tensor): number => x.shape[2] ?? 0;
    const next = (W: Tensor, x: Tensor, { sum, count }: MixerState) => {
      const T = x.shape[1] ?? 0;
      const at = tf.range(0, T);
      const upTo = tf.cast(tf.greaterEqual(tf.expandDims(at, 1), tf.expandDims(at, 0)), 'float32');
      const each = tf.tile(tf.expandDims(upTo, 0), [x.shape[0] ?? 0, 1, 1]);
      const sums = tf.add(tf.matMul(each, linear(x, W)), tf.expandDims(sum!, 1));
      const counts = tf.add(tf.reshape(tf.range(1, T + 1), [1, T, 1]), tf.expandDims(count!, 1));
      return { output: tf.div(sums, counts), sums, counts, T };
    };
    const start = (batchSize: number, D: number): MixerState => ({
      sum: tf.zeros([batchSize, D]),
      count: tf.zeros([batchSize, 1]),
    });
    return {
      specs: (D) => [matrixSpec('mean', D, D, outputScale)],
      inputs: ['mean'],
      forward: (weights, x) => next(weightOf(weights, 'mean'), x, start(x.shape[0] ?? 0, width(x))).output,
      initState: (batchSize) => start(batchSize, tinyConfig.width),
      next: (weights, x, state) => {
        const { output, sums, counts, T } = next(weightOf(weights, 'mean'), x, state);
        const [B, D] = [x.shape[0] ?? 0, width(x)];
        return {
          output,
          state: {
            sum: tf.reshape(tf.slice(sums, [0, T - 1, 0], [B, 1, D]), [B, D]),
            count: tf.reshape(tf.slice(counts, [0, T - 1, 0], [B, 1, 1]), [B, 1]),
          },
        };
      },
      operations: () => 2 * tinyConfig.width,
    };
  },
};

registerMixer(runningMean);

describe('a mixer of your own', () => {
  const config = { ...tinyConfig, mixer: ['running-mean', 'conditioning'] };

  it('is known by its name, which is then taken', () => {
    expect(mixers['running-mean']).toBe(runningMean);
    expect(() => {
      registerMixer({ ...runningMean, name: 'softmax' });
    }).toThrow("mixer.name: 'softmax' is already registered");
  });

  it('has options of its own, checked by its schema, and defaults where they are left out', () => {
    const seen: unknown[] = [];
    const windowed: Mixer<{ window: z.ZodDefault<z.ZodInt>; causal: z.ZodDefault<z.ZodBoolean> }> = {
      ...runningMean,
      name: 'windowed',
      options: { window: z.int().min(1).default(4), causal: z.boolean().default(true) },
      plan(settings, where) {
        seen.push([settings.window, settings.causal]);
        return runningMean.plan(settings, where);
      },
    };
    registerMixer(windowed);
    const windowedConfig = { ...tinyConfig, mixer: ['windowed', 'running-mean'] };
    const model = Model.create({ ...windowedConfig, mixerOptions: { window: 7 } }, 1);
    model.dispose();
    expect(seen).toEqual([[7, true]]);
    const issues = (config: object) => modelIssues({ ...windowedConfig, ...config });
    expect(issues({ mixerOptions: { window: 0 } })).toEqual([
      'model.mixerOptions.window: expected a number of at least 1, got 0',
    ]);
    expect(issues({ mixerOptions: { windows: 3 } })).toEqual([
      "model.mixerOptions.windows: expected one of window | causal, got 'windows'; did you mean 'window'?",
    ]);
    expect(issues({ mixer: 'softmax', mixerOptions: { window: 3 } })).toEqual([
      "model.mixerOptions.window: expected no options with mixer softmax, got 'window'; leave it out",
    ]);
    expect(() => {
      registerMixer({ ...windowed, name: 'other', options: { heads: z.int() } });
    }).toThrow("mixer.options.heads: expected a name that no setting has, got 'heads'; choose another");
  });

  it('keeps its options in a config, until another mixer is chosen', async () => {
    const config = async (...sets: string[]) =>
      (await resolveConfig({ preset: 'smoke', sets: ['model.mixer=windowed', ...sets] })).model;
    expect((await config('model.mixerOptions.window=9')).mixerOptions).toEqual({ window: 9 });
    expect((await config('model.mixerOptions.window=9', 'model.mixer=softmax')).mixerOptions).toEqual({});
  });

  it('trains', () => {
    const model = Model.create(config, 1);
    const ids = tokens(2, 8);
    const [targets, weights] = [tf.reverse(ids, 1), tf.ones([2, 8])];
    const optimizer = tf.train.adam(0.02);
    const losses = Array.from({ length: 8 }, () => {
      const loss = () => model.lossSum(ids, targets, weights);
      return optimizer.minimize(loss, true, [...model.variables])!.dataSync()[0]!;
    });
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
    expect(model.weights.map(({ name }) => name)).toContain('layers.0.head.mean');
    model.dispose();
  });

  it('decodes: a prompt at once is what it is token by token, and the full pass', async () => {
    const model = Model.create(config, Rng.fromSeed(2).uint32());
    const ids = tokens(2, 6);
    const full = tf.slice(model.logits(ids), [0, 5, 0], [2, 1, 50]).dataSync();
    expect(prefill(model, ids).logits.dataSync()).toBeAllClose(full, { rtol: 1e-5, atol: 1e-6 });
    const engine = await createEngine({ threads: 1 });
    const [whole, single] = [Decoder.create(engine, model, 2), Decoder.create(engine, model, 2)];
    const atOnce = await whole.next(Int32Array.from(ids.dataSync()));
    let last = new Float32Array();
    for (let t = 0; t < 6; t++) {
      last = Float32Array.from(await single.next(Int32Array.from(tf.slice(ids, [0, t], [2, 1]).dataSync())));
    }
    expect(atOnce).toBeAllClose(last, { rtol: 1e-5, atol: 1e-6 });
    expect(atOnce).toBeAllClose(full, { rtol: 1e-5, atol: 1e-6 });
    await whole.dispose();
    await single.dispose();
    await engine.dispose();
  });

  it('is compared like a rule, as it takes none', async () => {
    const { cells } = await planGrid({
      task: 'mqar',
      preset: 'smoke',
      rules: ['delta', 'running-mean'],
      sets: ['model.width=16', 'model.layers=2', 'train.samples=64'],
      seeds: 1,
    });
    expect(cells.map(({ variant }) => [variant.rule, variant.gate])).toEqual([
      ['delta', 'none'],
      ['running-mean', 'none'],
    ]);
    const [delta, mean] = cells.map(({ cost }) => cost);
    expect(mean!.stateBytes).toBe(2 * 4 * (16 + 1));
    expect(mean!.flopsPerToken).toBeLessThan(delta!.flopsPerToken);
  });
});
