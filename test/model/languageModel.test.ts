import { describe, expect, it } from 'vitest';
import { tf } from '../../src/core/tf.js';
import { LanguageModel } from '../../src/model/languageModel.js';
import { tinyConfig } from './support.js';

describe('LanguageModel', () => {
  it('gives the logits of its tfjs model', () => {
    const model = LanguageModel.create(tinyConfig, 1);
    const ids = tf.tensor2d([[1, 2, 3, 4, 5, 6, 7]], [1, 7], 'int32');
    const logits = model.layersModel.predict(ids) as tf.Tensor;
    expect(tf.max(tf.abs(tf.sub(logits, model.logits(ids)))).dataSync()[0]).toBeLessThan(1e-5);
  });

  it('gives every variable a gradient', () => {
    const model = LanguageModel.create(tinyConfig, 1);
    const ids = tf.tensor2d([[1, 2, 3, 4, 5, 6, 7]], [1, 7], 'int32');
    const { grads } = tf.variableGrads(() => model.lossSum(ids, ids, tf.ones([1, 7])), [...model.variables]);
    expect(Object.keys(grads)).toHaveLength(model.variables.length);
  });
});
