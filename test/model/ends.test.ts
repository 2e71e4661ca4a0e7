import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { type ModelOptions, modelIssues } from '../../src/model/config.js';
import { Model } from '../../src/model/model.js';
import { rules } from '../../src/rules/registry.js';
import '../support/close.js';
import { tinyConfig, tokens } from './support.js';

const { vocabularySize: vocabulary, ...shared } = tinyConfig;

const tokenTask = {
  ...shared,

  inputs: { kind: 'tokens', vocabularySize: vocabulary },
  outputs: { kind: 'classes', classes: vocabulary },
} satisfies ModelOptions;

const bare = { mixer: 'linear', mlpWidth: 0, layers: 1, heads: 1 } as const;

const regression = {
  ...tokenTask,
  ...bare,
  inputs: { kind: 'real', width: 5 },
  outputs: { kind: 'real' },
} satisfies ModelOptions;

const reals = (...shape: number[]): Tensor =>
  tf.tensor(Rng.fromSeed(3).normals(shape.reduce((a, b) => a * b, 1)), shape);

const places = (...positions: number[]): Tensor => tf.tensor1d(positions, 'int32');

const kinds: readonly (readonly [string, ModelOptions, () => Tensor])[] = [
  ['tokens and classes', tokenTask, () => tokens(2, 7)],
  [
    'tokens and other classes',
    { ...tokenTask, outputs: { kind: 'classes', classes: 3 } },
    () => tokens(2, 7),
  ],
  ['vectors and classes', { ...regression, outputs: { kind: 'classes', classes: 3 } }, () => reals(2, 7, 5)],
  [
    'vectors and numbers in blocks',
    { ...tokenTask, inputs: regression.inputs, outputs: { kind: 'real' } },
    () => reals(2, 7, 5),
  ],
  ['softmax blocks without an MLP', { ...tokenTask, mixer: 'softmax', mlpWidth: 0 }, () => tokens(2, 7)],
  ...Object.keys(rules).map(
    (rule) =>
      [`linear ${rule} heads`, { ...regression, rule, layers: 2, heads: 2 }, () => reals(2, 7, 5)] as const,
  ),
];

describe.each(kinds)('a task model of %s', (_title, config, inputsOf) => {
  const model = Model.create(config, 1);
  const size = config.outputs?.kind === 'classes' ? config.outputs.classes : 1;

  it('answers where it is asked what it would answer everywhere', () => {
    const inputs = inputsOf();
    const everywhere = model.answers(inputs, tf.range(0, 14, 1, 'int32'));
    const some = model.answers(inputs, places(9, 0, 9, 13));
    expect(some.shape).toEqual([4, size]);
    expect(some).toBeAllClose(tf.gather(everywhere, places(9, 0, 9, 13)), { rtol: 1e-5, atol: 1e-6 });
  });

  it('sees no later place', () => {
    const inputs = inputsOf();
    const [start, rest] = tf.split(inputs, [4, 3], 1);
    const changed = tf.concat([start!, tf.zerosLike(rest!)], 1);
    const [a, b] = [inputs, changed].map((x) => model.answers(x, places(0, 3, 7, 10)));
    expect(a).toBeAllClose(b!, { rtol: 0, atol: 0 });
  });

  it('has a loss with a gradient for every weight, and weights by stable names', () => {
    const targets =
      config.outputs?.kind === 'classes' ? tf.tensor1d([1, 2, 0], 'int32') : tf.tensor1d([1, -2, 3]);
    const loss = () => model.lossSumAt(inputsOf(), places(2, 6, 12), targets, tf.tensor1d([1, 1, 0]));
    const { value, grads } = tf.variableGrads(loss, [...model.variables]);
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    for (const { name, variable } of model.weights) {
      expect([...grads[variable.name]!.dataSync()].every(Number.isFinite), name).toBe(true);
    }
    expect(new Set(model.weights.map(({ name }) => name)).size).toBe(model.weights.length);
    expect(model.parameterCount).toBe(model.variables.reduce((sum, { size: n }) => sum + n, 0));
  });

  it('starts the same from the same seed', () => {
    const again = Model.create(config, 1);
    const other = Model.create(config, 2);
    const answers = [model, again, other].map((one) => [...one.answers(inputsOf(), places(3)).dataSync()]);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).not.toEqual(answers[0]);
  });
});

describe('a task model of tokens', () => {
  it('is the language model of the same weights', () => {
    const language = Model.create(tinyConfig, 1);
    const task = Model.create(tokenTask, 2);
    const values = language.weights.map(
      ({ name, shape, variable }) => [name, { shape, data: variable.dataSync<'float32'>() }] as const,
    );
    task.loadWeights(new Map(values));
    const ids = tokens(2, 7);
    const logits = tf.reshape(language.logits(ids), [14, vocabulary]);
    expect(task.answers(ids, places(13, 2))).toBeAllClose(tf.gather(logits, places(13, 2)), {
      rtol: 1e-5,
      atol: 1e-6,
    });
    const weights = tf.tensor2d([
      [0, 0, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 1],
    ]);
    const targets = tokens(2, 7);
    const asked = tf.gather(tf.reshape(targets, [14]), places(2, 13));
    expect(task.lossSumAt(ids, places(2, 13), asked, tf.ones([2]))).toBeAllClose(
      language.lossSum(ids, targets, weights),
      { rtol: 1e-5, atol: 1e-6 },
    );
  });

  it('tells what it carries from token to token', () => {
    const { heads, keySize, valueSize, layers } = tokenTask;
    const floats = layers * (heads * keySize * valueSize + 3 * heads * (2 * keySize + valueSize));
    expect(Model.create(tokenTask, 1).stateBytes(64)).toBe(4 * floats);
    expect(Model.create(regression, 1).stateBytes(64)).toBe(4 * keySize * valueSize);
    const softmax = Model.create({ ...tokenTask, mixer: 'softmax', convolution: 0 }, 1);
    expect(softmax.stateBytes(128) - softmax.stateBytes(64)).toBe(
      4 * layers * 64 * heads * (keySize + valueSize),
    );
  });
});

/** Sets a linear head up by hand: keys and queries x, value y, of tokens [x, y] with two coordinates of x. */
function byHand(rule: string, options: Partial<ModelOptions> = {}): Model {
  const model = Model.create(
    {
      ...regression,
      rule,
      width: 3,
      keySize: 2,
      valueSize: 1,
      inputs: { kind: 'real', width: 3 },
      ...options,
    },
    1,
  );
  const set = (name: string, values: number[]): void => {
    const { variable, shape } = model.weights.find((weight) => weight.name === name)!;
    tf.tidy(() => variable.assign(tf.tensor(values, [...shape])));
  };
  set('input.matrix', [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  set('layers.0.qkv', [1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1]); // columns: q q k k v
  set('layers.0.output', [0, 0, 1]);
  set('readOut.matrix', [0, 0, 1]);
  return model;
}

describe('a linear head', () => {
  const xs = [
    [3, 4],
    [1, -1],
    [0.5, 2],
  ] as const;
  const ys = [2, -1, 0.5] as const;
  const query = [1, 0.25] as const;
  const inputs = () => tf.tensor3d([[...xs.map((x, i) => [...x, ys[i]!]), [...query, 0]]]);
  const answer = (rule: string, options?: Partial<ModelOptions>): number =>
    byHand(rule, options).answers(inputs(), places(3)).dataSync()[0]!;
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, x, i) => sum + x * b[i]!, 0);

  it('sums y x with hebbian, at the size they have', () => {
    const sum = xs.reduce((total, x, i) => total + 0.5 * ys[i]! * dot(x, query), 0);
    expect(answer('hebbian')).toBeCloseTo(sum / Math.SQRT2, 5);
  });

  it('takes half a Kaczmarz step an example with delta', () => {
    let w = [0, 0];
    for (const [i, x] of [...xs, query].entries()) {
      const step = (0.5 * ((ys[i] ?? 0) - dot(w, x))) / dot(x, x);
      w = w.map((value, j) => value + step * x[j]!);
    }
    expect(answer('delta')).toBeCloseTo(dot(w, query) / Math.SQRT2, 5);
  });

  it.each(['mesa', 'rls'])(
    'is ridge regression of the examples with %s, late writes and free keys',
    (rule) => {
      // Both have 1 as ridge and 0.5 as weight of a pair: sum x x^T / 2 + I.
      const weighted = (i: number, j: number): number =>
        xs.reduce((sum, x) => sum + 0.5 * x[i]! * x[j]!, i === j ? 1 : 0);
      const [a, b, c] = [weighted(0, 0), weighted(0, 1), weighted(1, 1)];
      const [s, t] = [0, 1].map((j) => xs.reduce((sum, x, i) => sum + 0.5 * ys[i]! * x[j]!, 0)) as [
        number,
        number,
      ];
      const w = [(c * s - b * t) / (a * c - b * b), (a * t - b * s) / (a * c - b * b)];
      const free = { keyNorm: 'none', lateWrites: true } as const;
      expect(answer(rule, free)).toBeCloseTo(dot(w, query) / Math.SQRT2, 5);
      // The query's own pair, x and 0, takes a share of the answer where it is written first.
      expect(Math.abs(answer(rule, { keyNorm: 'none' }))).toBeLessThan(0.9 * Math.abs(answer(rule, free)));
    },
  );

  it('runs the same in the graph engine', async () => {
    const engine = await createEngine({ threads: 1 });
    const model = byHand('delta');
    const run = engine.compile((x: Tensor, at: Tensor): Tensor => model.answers(x, at), {
      variables: model.variables,
    });
    expect((await run(inputs(), places(3))).dataSync()[0]).toBeCloseTo(answer('delta'), 5);
    await engine.dispose();
  });
});

describe('the config of a model by its ends', () => {
  it('tells every issue with its path', () => {
    const wrong = {
      ...tokenTask,
      mixer: 'lineer',
      width: 0,
      inputs: { kind: 'tokens', vocabularySize: 1 },
    } as unknown as ModelOptions;
    const issues = modelIssues(wrong, 'config.model');
    expect(issues).toContain('config.model.width: expected a number of at least 1, got 0');
    expect(issues).toContainEqual(expect.stringMatching(/^config\.model\.mixer: .*did you mean 'linear'\?$/));
    expect(issues).toContain('config.model.inputs.vocabularySize: expected a number of at least 2, got 1');
    expect(() => Model.create(wrong, 1)).toThrow(ConfigError);
  });

  it('refuses an MLP where no mixer stands in a block', () => {
    expect(modelIssues({ ...tokenTask, ...bare, mlpWidth: 8 })).toEqual([
      'model.mlpWidth: expected 0 with mixer linear, which stands in no block, got 8; set it to 0 or choose another mixer',
    ]);
  });

  it('wants a vocabulary or both ends', () => {
    const { inputs, ...half } = tokenTask;
    const message = 'model: expected either vocabularySize or inputs and outputs';
    expect(modelIssues(half)).toEqual([message]);
    expect(modelIssues({ ...half, inputs, vocabularySize: 5 })).toEqual([message]);
  });

  it('refuses inputs of another rank or width', () => {
    expect(() => Model.create(regression, 1).answers(tokens(2, 7), places(0))).toThrow(ShapeError);
    expect(() => Model.create(regression, 1).answers(reals(2, 7, 4), places(0))).toThrow(/width=5/);
    expect(() => Model.create(tokenTask, 1).answers(reals(2, 7, 5), places(0))).toThrow(ShapeError);
  });
});
