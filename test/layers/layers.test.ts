import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { Block } from '../../src/layers/block.js';
import type { PavlovLayer } from '../../src/layers/pavlovLayer.js';
import { ConditioningHead, LinearHead, SoftmaxHead } from '../../src/layers/heads.js';
import { Projection } from '../../src/layers/projection.js';
import { RmsNorm } from '../../src/layers/rmsNorm.js';
import { ShortConvolution } from '../../src/layers/shortConvolution.js';
import { SwiGluMlp } from '../../src/layers/swiGluMlp.js';
import { TokenEmbedding } from '../../src/layers/tokenEmbedding.js';
import { weightOf } from '../../src/core/weights.js';
import { rules } from '../../src/rules/registry.js';
import '../support/close.js';

const [B, T, D] = [2, 9, 6];

const head = { heads: 2, keySize: 3, valueSize: 4, convolution: 3, seed: 5 };
const rule = { rule: 'delta', gate: 'fixed', gateParams: { shortest: 2 }, chunkSize: 4 };
const options = {
  featureMap: 'elu+1',
  queryNorm: 'none',
  keyNorm: 'unit',
  keyValueHeads: 1,
  momentumShift: true,
} as const;
const blockSettings = { ...head, ...rule, mlpWidth: 10 };

interface LayerCase {
  readonly title: string;
  readonly make: (args?: { inputShape: number[] }) => PavlovLayer;
  /** Mixes tokens; the others treat each by itself. */
  readonly mixes: boolean;
}

const cases: readonly LayerCase[] = [
  { title: 'RmsNorm', make: (a) => new RmsNorm({ normEpsilon: 1e-3, ...a }), mixes: false },
  { title: 'ShortConvolution', make: (a) => new ShortConvolution({ taps: 3, seed: 2, ...a }), mixes: true },
  { title: 'SwiGluMlp', make: (a) => new SwiGluMlp({ mlpWidth: 8, seed: 3, ...a }), mixes: false },
  { title: 'Projection', make: (a) => new Projection({ outputs: D, seed: 3, ...a }), mixes: false },
  {
    title: 'LinearHead',
    make: (a) => new LinearHead({ ...rule, heads: 2, keySize: 3, valueSize: 4, seed: 5, ...a }),
    mixes: true,
  },
  {
    title: 'ConditioningHead',
    make: (a) => new ConditioningHead({ ...head, ...rule, ...a }),
    mixes: true,
  },
  {
    title: 'ConditioningHead with every option',
    make: (a) => new ConditioningHead({ ...head, ...rule, ...options, ...a }),
    mixes: true,
  },
  {
    title: 'SoftmaxHead with every option',
    make: (a) => new SoftmaxHead({ ...head, keyValueHeads: 1, momentumShift: true, ...a }),
    mixes: true,
  },
  { title: 'SoftmaxHead', make: (a) => new SoftmaxHead({ ...head, outputGate: false, ...a }), mixes: true },
  { title: 'Block', make: (a) => new Block({ ...blockSettings, ...a }), mixes: true },
  {
    title: 'Block without an MLP',
    make: (a) => new Block({ ...blockSettings, mlpWidth: 0, ...a }),
    mixes: true,
  },
  {
    title: 'Block with every option',
    make: (a) => new Block({ ...blockSettings, ...options, ...a }),
    mixes: true,
  },
  {
    title: 'Block with a linear head',
    make: (a) => new Block({ ...blockSettings, mlpWidth: 0, mixer: 'linear', ...a }),
    mixes: true,
  },
  {
    title: 'Block with a softmax head',
    make: (a) => new Block({ ...blockSettings, mixer: 'softmax', ...a }),
    mixes: true,
  },
];

function input(rows = B, length = T): Tensor {
  return tf.tensor(Rng.fromSeed(1).normals(rows * length * D), [rows, length, D]);
}

function apply(layer: PavlovLayer, inputs: Tensor | Tensor[]): Tensor {
  return layer.apply(inputs) as Tensor;
}

/** Saves a model to memory and loads it back. */
async function reloaded(model: tf.LayersModel): Promise<tf.LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async (saved) => {
    artifacts = saved;
    return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(saved) };
  });
  await model.save(handler);
  return tf.loadLayersModel(tf.io.fromMemory(artifacts!));
}

describe.each(cases)('$title', ({ make, mixes }) => {
  it('keeps its config and weights through getConfig', () => {
    const layer = make();
    const wanted = apply(layer, input());
    const config = layer.getConfig();
    const Class = layer.constructor as new (config: object) => PavlovLayer;
    const again = new Class(JSON.parse(JSON.stringify(config)) as object);
    expect(again.getConfig()).toEqual(config);
    expect(apply(again, input())).toBeAllClose(wanted, { rtol: 0, atol: 0 });
  });

  it('says the shape it gives', () => {
    const layer = make();
    expect(apply(layer, input()).shape).toEqual(layer.computeOutputShape([B, T, D]));
  });

  it('works alone in tf.sequential, saved and loaded', async () => {
    const model = tf.sequential({ layers: [make({ inputShape: [T, D] })] });
    // Away from the initial values, which a loaded layer could draw again.
    model.setWeights(model.getWeights().map((weight) => tf.add(weight, 0.1)));
    const wanted = model.predict(input()) as Tensor;
    const loaded = await reloaded(model);
    expect(loaded.predict(input()) as Tensor).toBeAllClose(wanted, { rtol: 0, atol: 0 });
  });

  it('gives every weight a gradient', () => {
    const layer = make();
    apply(layer, input());
    const probe = tf.tensor(Rng.fromSeed(9).normals(B * T * D), [B, T, D]);
    const loss = () => tf.sum<tf.Scalar>(tf.mul(apply(layer, input()), probe));
    const { grads } = tf.variableGrads(loss, layer.variables);
    for (const { name } of layer.variables) {
      expect(tf.max(tf.abs(grads[name]!)).dataSync()[0], name).toBeGreaterThan(0);
    }
  });

  it('sees no later token', () => {
    const layer = make();
    const changed = tf.concat([tf.slice(input(), [0, 0, 0], [B, 5, D]), tf.ones([B, T - 5, D])], 1);
    const [a, b] = [input(), changed].map((x) => tf.slice(apply(layer, x), [0, 0, 0], [B, 5, D]));
    expect(a).toBeAllClose(b!, { rtol: 0, atol: 0 });
  });

  it('treats documents packed in one row as rows of their own', () => {
    if (!mixes) return;
    const layer = make();
    const lengths = [2, 1, 6];
    const packed = tf.slice(input(), [0, 0, 0], [1, T, D]);
    // The third has the first's id again: what counts is that it changed.
    const documents = tf.tensor2d([[4, 4, 7, 4, 4, 4, 4, 4, 4]], [1, T], 'int32');
    const together = apply(layer, [packed, documents]);
    let start = 0;
    for (const length of lengths) {
      const part = (x: Tensor) => tf.slice(x, [0, start, 0], [1, length, D]);
      const alone = apply(layer, part(packed));
      expect(part(together)).toBeAllClose(alone, { rtol: 1e-5, atol: 1e-6 });
      start += length;
    }
  });

  it('leaves no tensor but its output', () => {
    const layer = make();
    const x = input();
    apply(layer, x).dispose();
    const before = tf.memory().numTensors;
    apply(layer, x).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('rejects settings it does not know', () => {
    const Class = make().constructor as new (config: object) => PavlovLayer;
    expect(() => new Class({ ...make().options, seedling: 1 })).toThrow(ConfigError);
    expect(() => new Class({ ...make().options, seedling: 1 })).toThrow(/\.seedling: expected one of /);
  });
});

describe('Block in a functional model', () => {
  it('takes documents as a second input', () => {
    const layer = new Block(blockSettings);
    const inputs = [tf.input({ shape: [T, D] }), tf.input({ shape: [T], dtype: 'int32' })];
    const model = tf.model({ inputs, outputs: layer.apply(inputs) as tf.SymbolicTensor });
    const documents = tf.tensor2d([[0, 0, 0, 0, 1, 1, 1, 1, 1]], [1, T], 'int32');
    const got = model.predict([input(1), documents]) as Tensor;
    expect(got).toBeAllClose(apply(layer, [input(1), documents]), { rtol: 0, atol: 0 });
  });
});

describe('TokenEmbedding', () => {
  const make = () => new TokenEmbedding({ vocabularySize: 7, width: 3, scale: 2, seed: 4 });

  it('looks up scaled rows, and gives logits by the same table', () => {
    const layer = make();
    const rows = apply(layer, tf.tensor2d([[6, 0, 6]], [1, 3], 'int32'));
    const table = weightOf(layer.read(), 'table');
    expect(rows).toBeAllClose(tf.reshape(tf.mul(tf.gather(table, [6, 0, 6]), 2), [1, 3, 3]), {
      rtol: 1e-6,
      atol: 0,
    });
    const wanted = tf.matMul(tf.reshape(rows, [3, 3]), tf.transpose(table));
    expect(apply(layer, rows)).toBeAllClose(tf.reshape(wanted, [1, 3, 7]), { rtol: 1e-6, atol: 1e-7 });
    expect(layer.computeOutputShape([null, 5])).toEqual([null, 5, 3]);
    expect(layer.computeOutputShape([null, 5, 3])).toEqual([null, 5, 7]);
  });

  it('works alone in tf.sequential, saved and loaded', async () => {
    const layer = new TokenEmbedding({ vocabularySize: 7, width: 3, inputShape: [4] });
    const model = tf.sequential({ layers: [layer] });
    const ids = tf.tensor2d([[1, 2, 3, 1]], [1, 4], 'int32');
    const wanted = model.predict(ids) as Tensor;
    expect((await reloaded(model)).predict(ids) as Tensor).toBeAllClose(wanted, { rtol: 0, atol: 0 });
  });
});

describe('ConditioningHead', () => {
  it('says every wrong setting at once', () => {
    const settings = { ...head, ...rule, heads: 0, outputGate: 1, rule: 'detla' };
    const make = () => new ConditioningHead(settings as never);
    expect(make).toThrow('PavlovConditioningHead.heads: expected a number of at least 1, got 0');
    expect(make).toThrow('PavlovConditioningHead.outputGate: expected true or false, got 1');
    expect(make).toThrow(
      `PavlovConditioningHead.rule: expected one of ${Object.keys(rules).sort().join(' | ')}, got 'detla'; did you mean 'delta'?`,
    );
  });
});
