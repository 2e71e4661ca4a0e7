import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor2D } from '../../src/core/tf.js';
import type { LanguageModel } from '../../src/model/languageModel.js';
import type { ModelConfig } from '../../src/model/config.js';

/** A model small enough for exhaustive tests; K, V and the chunk differ so that a mix-up shows. */
export const tinyConfig: ModelConfig = {
  vocabulary: 50,
  width: 16,
  blocks: 2,
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
  head: 'conditioning',
  normEpsilon: 1e-6,
};

/** Seeded token ids. */
export function tokens(rows: number, length: number, vocabulary = tinyConfig.vocabulary): Tensor2D {
  const rng = Rng.fromSeed(11);
  const ids = Int32Array.from({ length: rows * length }, () => rng.below(vocabulary));
  return tf.tensor2d(ids, [rows, length], 'int32');
}

/** Moves every weight off its initial value, so that gains and biases matter. */
export function stir(model: LanguageModel, deviation = 0.3): LanguageModel {
  const rng = Rng.fromSeed(12);
  for (const { name, variable, shape } of model.weights) {
    const noise = rng.derive(name).normals(variable.size, name.startsWith('embedding') ? 0.02 : deviation);
    tf.tidy(() => {
      variable.assign(tf.add(variable, tf.tensor(noise, [...shape])));
    });
  }
  return model;
}
