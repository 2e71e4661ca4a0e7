import { createHash } from 'node:crypto';
import { z } from 'zod';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { ConditioningHead, SoftmaxHead } from '../../src/layers/heads.js';
import { conditioning } from '../../src/mixers/conditioning.js';
import { optionsOfAll } from '../../src/mixers/registry.js';
import { shiftQueries } from '../../src/mixers/vectors.js';
import { modelIssues, type ModelConfig, type ModelOptions } from '../../src/model/config.js';
import { Decoder, initDecodeState } from '../../src/model/decode.js';
import { Model } from '../../src/model/model.js';
import { rules } from '../../src/rules/registry.js';
import '../support/close.js';
import { optionStacks, stir, tinyConfig, tokens } from '../model/support.js';

const EXACT = { rtol: 0, atol: 0 };
const CLOSE = { rtol: 1e-4, atol: 1e-5 };
const engine = await createEngine({ engine: 'graph', threads: 1 });
afterAll(async () => engine.dispose());

type Options = Pick<ModelConfig, keyof typeof optionsOfAll>;
type FeatureMap = Options['featureMap'];
type HeadNorm = Options['keyNorm'];
const HEAD_NORMS = ['rule', 'unit', 'scaled', 'none'] as const;
const DEFAULTS: Options = z.object(optionsOfAll).parse({});

const plain: ModelOptions = { ...tinyConfig, rule: 'delta', gate: 'scalar' };

/** SHA-256 over the shapes and bytes of all weights, and over their names, in which layers were called blocks. */
function fingerprint({ weights }: Model): string {
  const hash = createHash('sha256');
  for (const { name, shape, variable } of weights) {
    hash.update(`${name.replace(/^layers/, 'blocks')} ${shape.join('x')}\n`);
    hash.update(new Uint8Array(Float32Array.from(variable.dataSync()).buffer));
  }
  return hash.digest('hex');
}

/** Copies weights into a model of other options, each by what makes it of the source's. */
function copyWeights(from: Model, to: Model, change: (x: Tensor, name: string) => Tensor): void {
  const sources = new Map(from.weights.map(({ name, variable }) => [name, variable]));
  for (const { name, variable } of to.weights) {
    const source = sources.get(name);
    if (source) tf.tidy(() => variable.assign(change(source, name)));
  }
}

describe('the options of a head, left out', () => {
  it('make the weights they made before there were any', () => {
    // Written by the code as it was before the options: names, shapes, values at seed 1.
    expect(fingerprint(Model.create(plain, 1))).toBe(
      '4c20904e1f6c9bf2318cdf55d4541faaf7836aad1fb1be3c5247edc60df2f18a',
    );
    const hybrid: ModelOptions = { ...plain, gate: 'channel', mixer: ['softmax', 'conditioning'] };
    expect(fingerprint(Model.create(hybrid, 1))).toBe(
      '146a6167f6bc2760a93d579ba95a2ce77ee6e67129f17a4c8d65dc1d6ba70d11',
    );
  });

  it('are the same as said', () => {
    const [model, said] = [plain, { ...plain, ...DEFAULTS }].map((c) => Model.create(c, 1));
    expect(fingerprint(said!)).toBe(fingerprint(model!));
    expect(said!.logits(tokens(2, 9))).toBeAllClose(model!.logits(tokens(2, 9)), EXACT);
  });
});

describe('queries and keys', () => {
  const [q, k, v] = [[1, -2], [3, -4], [0.5]] as const;
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const maps: Readonly<Record<FeatureMap, (x: number) => number>> = {
    identity: (x) => x,
    silu: (x) => x * sigmoid(x),
    'elu+1': (x) => (x > 0 ? x + 1 : Math.exp(x)),
    relu: (x) => Math.max(0, x),
  };
  const norms: Readonly<Record<Exclude<HeadNorm, 'rule'>, (x: number[]) => number[]>> = {
    unit: (x) => x.map((each) => each / Math.hypot(...x)),
    scaled: (x) => x.map((each) => each / Math.SQRT2),
    none: (x) => x,
  };
  const asked = rules.hebbian!.normalise;

  /** What the rule is given of one token whose projections to q, k and v are those above. */
  function given(options: Partial<Options>) {
    const sizes = { heads: 1, keySize: 2, valueSize: 1, convolution: 0 };
    const { plan } = new ConditioningHead({ ...sizes, rule: 'hebbian', gate: 'none', ...options });
    const weights = { qkv: tf.eye(5), controls: tf.zeros([5, 1]), signalBias: tf.zeros([1]) };
    return plan.memory!.input(weights, tf.tensor3d([...q, ...k, ...v], [1, 1, 5]));
  }

  it.each(Object.keys(maps) as FeatureMap[])(
    'are mapped by %s, then normalised as each is told',
    (featureMap) => {
      for (const queryNorm of HEAD_NORMS) {
        for (const keyNorm of HEAD_NORMS) {
          const input = given({ featureMap, queryNorm, keyNorm });
          const wanted = (x: readonly number[], norm: HeadNorm, own: Exclude<HeadNorm, 'rule'>): number[] =>
            norms[norm === 'rule' ? own : norm](x.map(maps[featureMap]!));
          const what = `queries ${queryNorm}, keys ${keyNorm}`;
          expect(input.q.dataSync(), what).toBeAllClose(wanted(q, queryNorm, asked.q), CLOSE);
          expect(input.k.dataSync(), what).toBeAllClose(wanted(k, keyNorm, asked.k), CLOSE);
          expect(input.v.dataSync(), what).toBeAllClose(v.map(maps.silu), CLOSE);
        }
      }
    },
  );
});

describe('momentum', () => {
  it('at 0 changes nothing, also on the graph engine', async () => {
    const [model, shifted] = [false, true].map((momentumShift) =>
      Model.create({ ...plain, momentumShift, mixer: ['conditioning', 'softmax'] }, 1),
    );
    expect(shifted!.weights.map(({ name }) => name)).toContain('layers.0.head.momentum');
    expect(shifted!.parameterCount).toBe(model!.parameterCount + 2 * 2);
    copyWeights(model!, shifted!, (x) => x);
    const documents = tf.tensor2d([[0, 0, 0, 1, 1, 1, 1, 1, 2]], [1, 9], 'int32');
    expect(shifted!.logits(tokens(1, 9), documents)).toBeAllClose(
      model!.logits(tokens(1, 9), documents),
      EXACT,
    );
    const run = (of: Model) =>
      engine.compile((ids: Tensor, docs: Tensor) => of.logits(ids, docs), { variables: of.variables });
    const [got, wanted] = [
      await run(shifted!)(tokens(1, 9), documents),
      await run(model!)(tokens(1, 9), documents),
    ];
    expect(got).toBeAllClose(wanted, EXACT);
  });

  it('adds gamma times the change of the query, from 0 at the start of each document', () => {
    const q = tf.tensor3d([1, 2, 4, 8, 10, 10, 20, 20], [1, 2, 4]);
    const gamma = tf.tensor1d([0.5, -1]);
    const documents = tf.tensor2d([[7, 7, 3, 3]], [1, 4], 'int32');
    expect(shiftQueries(q, gamma)).toBeAllClose([1.5, 2.5, 5, 10, 0, 10, 10, 20], { rtol: 1e-6, atol: 0 });
    expect(shiftQueries(q, gamma, documents)).toBeAllClose([1.5, 2.5, 6, 10, 0, 10, 0, 20], {
      rtol: 1e-6,
      atol: 0,
    });
  });
});

describe('pairs', () => {
  const documents = tf.tensor2d([[7, 7, 3, 3]], [1, 4], 'int32');
  const sizes = { heads: 1, keySize: 1, valueSize: 1, rule: 'hebbian', gate: 'none' } as const;
  const [q, k, v] = [
    [1, 1, 1, 1],
    [1, 2, 4, 8],
    [3, 5, 7, 9],
  ] as const;

  /** What the rule is given of four tokens whose projections are those above, in two documents. */
  function given(options: Partial<Options>, more: Readonly<Record<string, Tensor>> = {}) {
    const raw = { convolution: 0, featureMap: 'identity', keyNorm: 'none' } as const;
    const { plan } = new ConditioningHead({ ...sizes, ...raw, ...options });
    const weights = { qkv: tf.eye(3), controls: tf.zeros([3, 1]), signalBias: tf.zeros([1]), ...more };
    const x = tf.tensor3d([q.map((each, t) => [each, k[t]!, v[t]!])]);
    return plan.memory!.input(weights, x, documents);
  }

  it('are written one token late, the last of a document never', () => {
    const silu = (x: number): number => x / (1 + Math.exp(-x));
    const late = given({ lateWrites: true });
    expect(late.k.dataSync()).toBeAllClose([0, 1, 0, 4], EXACT);
    expect(late.v.dataSync()).toBeAllClose([0, silu(3), 0, silu(7)], CLOSE);
    expect(late.q.dataSync()).toBeAllClose(given({}).q.dataSync(), EXACT);
  });

  it('have keys mixed with the one before by a share of their own', () => {
    const share = 1 / (1 + Math.exp(-0.4));
    const { k: got } = given({ keyShift: true }, { keyShift: tf.tensor1d([0.4]) });
    const mixed = (now: number, before: number): number => (1 - share) * now + share * before;
    expect(got.dataSync()).toBeAllClose([mixed(1, 0), mixed(2, 1), mixed(4, 0), mixed(8, 4)], CLOSE);
  });

  it('start from half of the key before', () => {
    const weights = Model.create({ ...plain, keyShift: true, heads: 4, keyValueHeads: 2 }, 1).weights;
    const own = weights.find(({ name }) => name === 'layers.0.head.keyShift')!;
    expect(own.shape).toEqual([2 * 4]);
    expect(own.variable.dataSync()).toBeAllClose(Array<number>(8).fill(0), EXACT);
  });
});

describe('shared memories', () => {
  const shared: ModelOptions = { ...plain, heads: 4, keyValueHeads: 2, mixer: ['conditioning', 'softmax'] };

  /** The last axis in blocks of `size` columns, each twice in a row. */
  function doubled(x: Tensor, size: number): Tensor {
    const shape = x.shape;
    const blocks = tf.reshape(x, [-1, shape.at(-1)! / size, 1, size]);
    return tf.reshape(tf.concat([blocks, blocks], 2), [...shape.slice(0, -1), 2 * shape.at(-1)!]);
  }

  /** Weights of 4 heads with 2 memories as those of 4 heads with 4, each memory there twice. */
  function repeatedWeight(x: Tensor, name: string): Tensor {
    const [K, V] = [plain.keySize, plain.valueSize];
    if (name.endsWith('head.controls') || name.endsWith('head.signalBias') || name.includes('.decay.')) {
      return doubled(x, 1);
    }
    const columns = name.endsWith('head.convolution') ? tf.transpose(x) : x;
    if (!name.endsWith('head.qkv') && columns === x) return x;
    const [q, k, v] = tf.split(columns, [4 * K, 2 * K, 2 * V], 1) as [Tensor, Tensor, Tensor];
    const wide = tf.concat([q, doubled(k, K), doubled(v, V)], 1);
    return columns === x ? wide : tf.transpose(wide);
  }

  it.each(['hebbian', 'delta', 'oja-unit', 'bcm'])('equal memories of the same content: %s', (rule) => {
    const [few, many] = [2, null].map((keyValueHeads) => Model.create({ ...shared, rule, keyValueHeads }, 1));
    stir(few!);
    copyWeights(few!, many!, repeatedWeight);
    const documents = tf.tensor2d([[0, 0, 0, 1, 1, 1, 1, 1, 2]], [1, 9], 'int32');
    expect(few!.logits(tokens(1, 9), documents)).toBeAllClose(many!.logits(tokens(1, 9), documents), CLOSE);
    expect(few!.parameterCount).toBeLessThan(many!.parameterCount);
  });

  it('as many as heads are the same model', () => {
    const [own, as] = [null, 4].map((keyValueHeads) => Model.create({ ...shared, keyValueHeads }, 1));
    expect(fingerprint(as!)).toBe(fingerprint(own!));
    expect(as!.logits(tokens(2, 9))).toBeAllClose(own!.logits(tokens(2, 9)), EXACT);
  });

  it('make the state smaller by as many', () => {
    const state = initDecodeState(Model.create(shared, 1), 3, { cacheLength: 8 });
    const shapes = Object.fromEntries(Object.entries(state).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      'layers.0.rule.S': [3, 2, 6, 4],
      'layers.0.convolution': [3, 3, 4 * 4 + 2 * (4 + 6)],
      'layers.1.keys': [3, 2, 8, 4],
      'layers.1.values': [3, 2, 8, 6],
      'layers.1.count': [3, 1],
      'layers.1.convolution': [3, 3, 4 * 4 + 2 * (4 + 6)],
    });
  });
});

describe.each(optionStacks.filter((_, i) => i % 3 === 1 || i > 11))(
  'on the graph engine: $title',
  ({ config }) => {
    it('is what it is on the eager one, gradients too, and decodes as it reads', async () => {
      const model = stir(Model.create(config, 1));
      const documents = tf.tensor2d([[0, 0, 0, 1, 1, 1, 1, 1, 2]], [1, 9], 'int32');
      const variables = [...model.variables];
      const run = (ids: Tensor, docs: Tensor): Tensor[] => {
        const loss = () => model.lossSum(ids, tf.reverse(ids, 1), tf.ones([1, 9]), docs);
        const { value, grads } = tf.variableGrads(loss, variables);
        return [value, ...variables.map(({ name }) => grads[name]!)];
      };
      const wanted = run(tokens(1, 9), documents);
      const compiled = engine.compile(run, { variables });
      (await compiled(tokens(1, 9), documents)).forEach((tensor, i) => {
        // A head's norm of an output near zero turns rounding, which engines differ in, into more.
        const largest = tf.max(tf.abs(wanted[i]!)).dataSync()[0]!;
        const name = model.weights[i - 1]?.name ?? 'loss';
        expect(tensor, name).toBeAllClose(wanted[i]!, { rtol: 1e-4, atol: 1e-4 * Math.max(1, largest) });
      });
      await compiled.dispose();
      const decoder = Decoder.create(engine, model, 1);
      const full = model.logits(tokens(1, 9)).dataSync();
      for (const [t, id] of [...tokens(1, 9).dataSync()].entries()) {
        const logits = await decoder.next(Int32Array.of(id));
        expect(logits, `token ${t}`).toBeAllClose(full.subarray(50 * t, 50 * (t + 1)), CLOSE);
      }
      await decoder.dispose();
    });
  },
);

describe('options that do not go together', () => {
  it.each<[Partial<ModelOptions>, string]>([
    [
      { keyValueHeads: 3 },
      'model.keyValueHeads: expected a divisor of the 2 heads, or null for one per head, got 3; heads that share a memory come in groups of one size',
    ],
    [
      { keyNorm: 'none' },
      "model.keyNorm: expected rule | unit with rule 'delta', got 'none'; its bound, beta |k|^2 <= 2, needs keys of unit length",
    ],
    [
      { keyNorm: 'unitt' as never },
      "model.keyNorm: expected one of rule | unit | scaled | none, got 'unitt'; did you mean 'unit'?",
    ],
    [
      { featureMap: 'sillu' as never },
      "model.featureMap: expected one of elu+1 | identity | relu | silu, got 'sillu'; did you mean 'silu'?",
    ],
    [{ momentumShift: 1 as never }, 'model.momentumShift: expected true or false, got 1'],
    [{ keyValueHeads: 0 }, 'model.keyValueHeads: expected a number of at least 1, got 0'],
  ])('%o is refused with the reason', (options, message) => {
    expect(modelIssues({ ...plain, ...options })).toEqual([message]);
    expect(() => Model.create({ ...plain, ...options }, 1)).toThrow(ConfigError);
  });

  it('are told by the layers too', () => {
    const sizes = { heads: 4, keySize: 4, valueSize: 4, keyValueHeads: 3 };
    expect(() => new ConditioningHead({ ...sizes, rule: 'hebbian', gate: 'none' })).toThrow(
      'PavlovConditioningHead.keyValueHeads: expected a divisor of the 4 heads',
    );
    expect(() => new SoftmaxHead(sizes)).toThrow(
      'PavlovSoftmaxHead.keyValueHeads: expected a divisor of the 4',
    );
  });

  it('keep every rule that asks for unit keys from any others, and no other rule', () => {
    for (const rule of Object.values(rules)) {
      for (const keyNorm of ['unit', 'scaled', 'none'] as const) {
        const { options } = new ConditioningHead({
          heads: 4,
          keySize: 2,
          valueSize: 2,
          rule: rule.name,
          gate: 'none',
        });
        const refused = conditioning.issues({ ...options, keyNorm }).length > 0;
        expect(refused, `${rule.name} ${keyNorm}`).toBe(
          rule.normalise.k === 'unit' && keyNorm !== 'unit' && rule.anyKeys !== true,
        );
      }
    }
  });
});
