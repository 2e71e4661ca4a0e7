import { describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { memoryInputs } from '../../src/model/traces.js';
import { Model } from '../../src/model/model.js';
import { prefill } from '../../src/model/decode.js';
import { runRule } from '../../src/rules/run/runRule.js';
import { rules } from '../../src/rules/registry.js';
import { stir, tinyConfig, tokens } from './support.js';
import '../support/close.js';

describe('memoryInputs', () => {
  it.each(Object.keys(rules))('lets %s be run again to the state that decoding has', (rule) => {
    const model = stir(Model.create({ ...tinyConfig, rule, gate: 'channel' }, 1), 0.1);
    const ids = tokens(2, 11);
    const wanted = tf.tidy(() => prefill(model, ids).state);
    tf.tidy(() => {
      for (const { layer, memory, input } of memoryInputs(model, ids)) {
        const { state } = runRule(memory.rule, input, { params: memory.ruleParams, chunkSize: 4 });
        const expected = wanted[`layers.${layer}.rule.S`] as Tensor;
        expect(state.S.dataSync()).toBeAllClose(expected.dataSync(), { rtol: 1e-4, atol: 1e-5 });
      }
    });
    tf.dispose({ ...wanted });
    tf.dispose(ids);
    model.dispose();
  });

  it('leaves softmax blocks out', () => {
    const mixer = ['conditioning', 'softmax', 'conditioning'];
    const model = Model.create({ ...tinyConfig, layers: 3, mixer }, 1);
    const ids = tokens(1, 5);
    expect(tf.tidy(() => memoryInputs(model, ids).map(({ layer }) => layer))).toEqual([0, 2]);
    tf.dispose(ids);
    model.dispose();
  });
});
