import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor2D } from '../../src/core/tf.js';
import type { Model } from '../../src/model/model.js';
import type { ModelOptions } from '../../src/model/config.js';

/** A model small enough for exhaustive tests; K, V and the chunk differ so that a mix-up shows. */
export const tinyConfig = {
  vocabularySize: 50,
  width: 16,
  layers: 2,
  heads: 2,
  keySize: 4,
  valueSize: 6,
  mlpWidth: 24,
  convolution: 4,
  outputGate: true,
  rule: 'hebbian',
  ruleParams: {},
  gate: 'none',
  gateParams: {},
  chunkSize: 4,
  mixer: 'conditioning',
  normEpsilon: 1e-6,
} satisfies ModelOptions;

const four = { ...tinyConfig, heads: 4, keyValueHeads: 2, gate: 'scalar' } as const;

/** Models with the options of the head, each by itself and with others. */
export const optionStacks: readonly { title: string; config: ModelOptions }[] = [
  { title: 'keys and queries as they are', config: { ...tinyConfig, featureMap: 'identity' } },
  { title: 'elu + 1 before unit keys', config: { ...tinyConfig, rule: 'delta', featureMap: 'elu+1' } },
  { title: 'relu', config: { ...tinyConfig, rule: 'oja', featureMap: 'relu', gate: 'fixed' } },
  { title: 'other norms', config: { ...tinyConfig, queryNorm: 'unit', keyNorm: 'scaled' } },
  { title: 'queries without a norm', config: { ...tinyConfig, rule: 'delta', queryNorm: 'none' } },
  {
    title: 'values as they are, signals not learned, decay of low rank and fixed rate',
    config: {
      ...tinyConfig,
      rule: 'delta',
      valueActivation: false,
      learnedSignals: false,
      gate: 'channel',
      gateParams: { rank: 2, fixedRate: 0.5 },
    },
  },
  { title: 'momentum', config: { ...tinyConfig, rule: 'delta', gate: 'scalar', momentumShift: true } },
  ...['hebbian', 'delta', 'oja', 'oja-unit', 'bcm', 'bcm-response'].map((rule) => ({
    title: `${rule} with shared memories`,
    config: { ...four, rule },
  })),
  {
    title: 'one memory, a decay a channel',
    config: { ...four, rule: 'delta', gate: 'channel', keyValueHeads: 1 },
  },
  {
    title: 'all options in a hybrid stack',
    config: {
      ...four,
      rule: 'delta',
      mixer: ['conditioning', 'softmax'],
      momentumShift: true,
      featureMap: 'elu+1',
      queryNorm: 'scaled',
      keyNorm: 'unit',
    },
  },
  {
    title: 'momentum and shared softmax heads without convolution',
    config: { ...four, mixer: 'softmax', momentumShift: true, convolution: 0 },
  },
  {
    title: 'shifted keys, written late',
    config: { ...four, rule: 'delta-product', keyShift: true, lateWrites: true },
  },
  {
    title: 'memories of two periods',
    config: { ...four, rule: 'delta', updateEvery: [1, 3] },
  },
  {
    title: 'linear heads that write late',
    config: { ...tinyConfig, mixer: 'linear', mlpWidth: 0, rule: 'delta', lateWrites: true },
  },
];

/** Seeded token ids. */
export function tokens(rows: number, length: number, vocabulary = 50): Tensor2D {
  const rng = Rng.fromSeed(11);
  const ids = Int32Array.from({ length: rows * length }, () => rng.below(vocabulary));
  return tf.tensor2d(ids, [rows, length], 'int32');
}

/** Moves every weight off its initial value, so that gains and biases matter. */
export function stir(model: Model, deviation = 0.3): Model {
  const rng = Rng.fromSeed(12);
  for (const { name, variable, shape } of model.weights) {
    // The label decides the noise, and tolerances were chosen with this one.
    const label = name.replace(/^layers/, 'blocks');
    const noise = rng.derive(label).normals(variable.size, name.startsWith('embedding') ? 0.02 : deviation);
    tf.tidy(() => {
      variable.assign(tf.add(variable, tf.tensor(noise, [...shape])));
    });
  }
  return model;
}
