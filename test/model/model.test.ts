import { describe, expect, it, vi } from 'vitest';
import { CheckpointError, ShapeError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { ModelOptions } from '../../src/model/config.js';
import { Model } from '../../src/model/model.js';
import '../support/close.js';
import { COMBINATIONS } from '../support/ruleSets.js';
import { optionStacks, stir, tinyConfig, tokens } from './support.js';

const hybrid: ModelOptions = { ...tinyConfig, layers: 3, mixer: ['conditioning', 'softmax', 'conditioning'] };

const configs = COMBINATIONS.map((part) => ({
  title: `${part.rule} with ${part.gate}`,
  config: { ...tinyConfig, ...part },
}));

const stacks: readonly { title: string; config: ModelOptions }[] = [
  ...configs,
  { title: 'softmax blocks', config: { ...tinyConfig, mixer: 'softmax' } },
  { title: 'a hybrid stack', config: hybrid },
  ...optionStacks,
  { title: 'no convolution, no output gate', config: { ...tinyConfig, convolution: 0, outputGate: false } },
];

describe.each(stacks)('Model of $title', ({ config }) => {
  const model = stir(Model.create(config, 1));

  it('gives the logits of its tfjs model', () => {
    const ids = tokens(2, 7);
    const logits = model.layersModel.predict(ids) as Tensor;
    expect(logits).toBeAllClose(model.logits(ids), { rtol: 1e-5, atol: 1e-6 });
  });

  it('sees no later token', () => {
    const ids = tokens(2, 9);
    const changed = tf.concat([tf.slice(ids, [0, 0], [2, 5]), tf.zeros([2, 4], 'int32')], 1);
    const [a, b] = [ids, changed].map((x) => tf.slice(model.logits(x), [0, 0, 0], [2, 5, 50]));
    expect(a).toBeAllClose(b!, { rtol: 0, atol: 0 });
  });

  it('treats documents packed in one row as rows of their own', () => {
    const ids = tokens(1, 9);
    const documents = tf.tensor2d([[3, 3, 3, 8, 3, 3, 3, 3, 3]], [1, 9], 'int32');
    const together = model.logits(ids, documents);
    for (const [start, length] of [
      [0, 3],
      [3, 1],
      [4, 5],
    ] as const) {
      const alone = model.logits(tf.slice(ids, [0, start], [1, length]));
      const part = tf.slice(together, [0, start, 0], [1, length, 50]);
      expect(part).toBeAllClose(alone, { rtol: 1e-4, atol: 1e-5 });
    }
  });

  it('gives every variable a gradient', () => {
    const ids = tokens(2, 9);
    const loss = () => model.lossSum(ids, tokens(2, 9), tf.ones([2, 9]));
    const { grads } = tf.variableGrads(loss, [...model.variables]);
    for (const { name, variable } of model.weights) {
      expect(tf.max(tf.abs(grads[variable.name]!)).dataSync()[0], name).toBeGreaterThan(0);
    }
  });
});

describe('Model', () => {
  it.each([
    { vocabularySize: 4096, width: 64 },
    { vocabularySize: 256, width: 256 },
  ])('starts within 2 % of ln($vocabularySize) at width $width', ({ vocabularySize, width }) => {
    const model = Model.create({ ...tinyConfig, vocabularySize, width, keySize: 16, valueSize: 16 }, 3);
    const [ids, targets] = [tokens(2, 32, vocabularySize), tf.reverse(tokens(2, 32, vocabularySize), 1)];
    const nats = tf.mean(model.nats(ids, targets)).dataSync()[0]!;
    expect(Math.abs(nats / Math.log(vocabularySize) - 1)).toBeLessThan(0.02);
    model.dispose();
  });

  it('sums weights times nats', () => {
    const model = Model.create(tinyConfig, 1);
    const [ids, targets] = [tokens(2, 6), tf.reverse(tokens(2, 6), 1)];
    const weights = tf.tensor2d([0, 1, 1, 2, 0.5, 0, 1, 1, 1, 1, 0, 3], [2, 6]);
    const wanted = tf.sum(tf.mul(weights, model.nats(ids, targets)));
    expect(model.lossSum(ids, targets, weights)).toBeAllClose(wanted, { rtol: 1e-6, atol: 0 });
  });

  it('is the same for the same seed only', () => {
    const [a, b, c] = [5, 5, 6].map((seed) => Model.create(tinyConfig, seed).logits(tokens(1, 4)));
    expect(a).toBeAllClose(b!, { rtol: 0, atol: 0 });
    expect(a).not.toBeAllClose(c!, { rtol: 1e-3, atol: 1e-3 });
  });

  it('names its weights and says which decay', () => {
    const { weights, variables, parameterCount } = Model.create({ ...tinyConfig, gate: 'scalar' }, 1);
    const named = weights.map(
      ({ name, shape, decayed }) => `${name} ${shape.join('x')}${decayed ? ' d' : ''}`,
    );
    expect(named.filter((line) => !line.startsWith('layers.1.'))).toEqual([
      'embedding.table 50x16',
      'layers.0.headNorm 16',
      'layers.0.head.qkv 16x28 d',
      'layers.0.head.convolution 28x4',
      'layers.0.head.controls 16x4',
      'layers.0.head.signalBias 2',
      'layers.0.head.decay.A_log 2',
      'layers.0.head.decay.dt_bias 2',
      'layers.0.head.outputGate 16x12 d',
      'layers.0.head.outputNorm 12',
      'layers.0.head.output 12x16 d',
      'layers.0.mlpNorm 16',
      'layers.0.mlp.gate 16x24 d',
      'layers.0.mlp.up 16x24 d',
      'layers.0.mlp.down 24x16 d',
      'finalNorm.gain 16',
    ]);
    expect(weights.every(({ matrix, decayed }) => matrix === decayed)).toBe(true);
    expect(new Set(weights.map(({ name }) => name)).size).toBe(weights.length);
    expect(variables).toEqual(weights.map(({ variable }) => variable));
    expect(parameterCount).toBe(variables.reduce((sum, { size }) => sum + size, 0));
  });

  it('makes a gain of the norm before a head the same as one folded into its matrices', () => {
    const model = stir(Model.create({ ...tinyConfig, gate: 'scalar' }, 1));
    const [x, block] = [tf.randomNormal([1, 5, 16], 0, 1, 'float32', 3), model.layers[0]!];
    const wanted = block.apply(x) as Tensor;
    const gained = new Map(model.weights.map((weight) => [weight.name, weight.variable]));
    for (const [norm, inputs] of [
      ['headNorm', ['head.qkv', 'head.controls', 'head.outputGate']],
      ['mlpNorm', ['mlp.gate', 'mlp.up']],
    ] as const) {
      const gain = gained.get(`layers.0.${norm}`)!;
      for (const input of inputs) {
        const matrix = gained.get(`layers.0.${input}`)!;
        matrix.assign(tf.mul(matrix, tf.reshape(gain, [16, 1])));
      }
      gain.assign(tf.ones([16]));
    }
    expect(block.apply(x) as Tensor).toBeAllClose(wanted, { rtol: 1e-5, atol: 1e-6 });
  });

  it('releases every tensor it made, the table of both its ends once', () => {
    const before = tf.memory().numTensors;
    const model = Model.create({ ...hybrid, convolution: 4 }, 1);
    model.dispose();
    expect(model.variables.every(({ isDisposed }) => isDisposed)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('rejects documents of another shape than the ids', () => {
    const model = Model.create(tinyConfig, 1);
    expect(() => model.hidden(tokens(2, 3), tf.zeros([2, 4], 'int32'))).toThrow(ShapeError);
  });
});

describe('loss and gradients on other engines', () => {
  const documents = tf.tensor2d([0, 0, 0, 1, 1, 1, 1, 1, 1, 5, 5, 5, 5, 5, 5, 5, 5, 6], [2, 9], 'int32');

  it.each([
    { engine: 'eager', backend: 'wasm' },
    { engine: 'graph', device: 'cpu', threads: 1 },
  ] as const)('are those of the cpu backend: %o', async (options) => {
    const model = stir(Model.create({ ...hybrid, rule: 'delta', gate: 'scalar' }, 1));
    const variables = [...model.variables];
    const run = (ids: Tensor, targets: Tensor, docs: Tensor) => {
      const loss = () => model.lossSum(ids, targets, tf.ones([2, 9]), docs);
      const { value, grads } = tf.variableGrads(loss, variables);
      return [value, ...variables.map(({ name }) => grads[name]!)];
    };
    // Few ids, so that rows of the table are read many times.
    const ids = tokens(2, 9, 5);
    const targets = tf.reverse(ids, 1);
    const wanted = run(ids, targets, documents);
    const engine = await createEngine(options);
    const got = await engine.compile(run, { variables })(ids, targets, documents);
    got.forEach((tensor, i) => {
      const largest = tf.max(tf.abs(wanted[i]!)).dataSync()[0]!;
      const name = model.weights[i - 1]?.name ?? 'loss';
      expect(tensor.dataSync(), name).toBeAllClose(wanted[i]!.dataSync(), {
        rtol: 1e-4,
        atol: 1e-5 * Math.max(1, largest),
      });
    });
    await engine.dispose();
  });
});

/** The weights of a model as a checkpoint has them. */
const valuesOf = (model: Model) =>
  new Map(
    model.weights.map(({ name, shape, variable }) => [
      name,
      { shape: [...shape], data: Float32Array.from(variable.dataSync()) },
    ]),
  );

describe('load', () => {
  it('takes the weights that are stored and draws none', () => {
    const values = valuesOf(Model.create(hybrid, 1));
    const draw = vi.spyOn(Rng.prototype, 'normals');
    const loaded = Model.load(hybrid, values);
    expect(draw).not.toHaveBeenCalled();
    draw.mockRestore();
    expect(valuesOf(loaded)).toEqual(values);
  });

  it('refuses a config from elsewhere that needs more memory than the weights beside it, before any is made', () => {
    const values = new Map([['finalNorm.gain', { shape: [16], data: new Float32Array(16) }]]);
    const before = tf.memory();
    for (const change of [{ width: 1e6 }, { keySize: 1e6 }, { mlpWidth: 1e9 }, { vocabularySize: 1e9 }]) {
      const load = () => Model.load({ ...tinyConfig, ...change }, values, 'checkpoint x');
      expect(load).toThrow(CheckpointError);
      expect(load).toThrow(/^checkpoint x: expected the \d+ weights of the config, got 16; /);
    }
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });
});

describe('loadWeights', () => {
  it('makes one model another', () => {
    const [from, to] = [1, 2].map((seed) => Model.create(hybrid, seed));
    to!.loadWeights(valuesOf(from!));
    expect(to!.logits(tokens(1, 5))).toBeAllClose(from!.logits(tokens(1, 5)), { rtol: 0, atol: 0 });
  });

  it('lists every mismatch and changes nothing', () => {
    const model = Model.create(tinyConfig, 1);
    const before = model.logits(tokens(1, 5));
    const values = valuesOf(Model.create(tinyConfig, 2));
    values.delete('finalNorm.gain');
    values.set('layers.0.mlp.up', { shape: [16, 25], data: new Float32Array(400) });
    values.set('layers.0.head.bias', { shape: [1], data: new Float32Array(1) });
    values.set('layers.1.headNorm', { shape: [16], data: new Float32Array(15) });
    const load = () => {
      model.loadWeights(values);
    };
    expect(load).toThrow(CheckpointError);
    expect(load).toThrow('got 4 that differ');
    for (const line of [
      "'finalNorm.gain': expected shape [16], got nothing",
      "'layers.0.mlp.up': expected shape [16,24], got [16,25]",
      "'layers.0.head.bias': expected no such tensor, got one",
      "'layers.1.headNorm': expected 16 values, got 15",
    ]) {
      expect(load).toThrow(line);
    }
    expect(model.logits(tokens(1, 5))).toBeAllClose(before, { rtol: 0, atol: 0 });
  });
});
