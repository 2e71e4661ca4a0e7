import { describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { headInputs } from '../../src/model/headInputs.js';
import { LanguageModel } from '../../src/model/languageModel.js';
import { prefill } from '../../src/model/decode.js';
import { runRule } from '../../src/rules/run/runRule.js';
import { rules } from '../../src/rules/registry.js';
import { stir, tinyConfig, tokens } from './support.js';
import '../support/close.js';

describe('headInputs', () => {
  it.each(Object.keys(rules))('lets %s be run again to the state that decoding has', (rule) => {
    const model = stir(LanguageModel.create({ ...tinyConfig, rule, gate: 'channel' }, 1), 0.1);
    const ids = tokens(2, 11);
    const wanted = tf.tidy(() => prefill(model, ids).state);
    tf.tidy(() => {
      for (const { block, plan, input } of headInputs(model, ids)) {
        const { state } = runRule(plan.rule, input, { params: plan.ruleParams, chunkSize: 4 });
        const expected = wanted[`layers.${block}.rule.S`] as Tensor;
        expect(state.S.dataSync()).toBeAllClose(expected.dataSync(), { rtol: 1e-4, atol: 1e-5 });
      }
    });
    tf.dispose({ ...wanted });
    tf.dispose(ids);
    model.dispose();
  });

  it('leaves softmax blocks out', () => {
    const config = { ...tinyConfig, layers: 3, head: ['conditioning', 'softmax', 'conditioning'] as const };
    const model = LanguageModel.create({ ...config, head: [...config.head] }, 1);
    const ids = tokens(1, 5);
    expect(tf.tidy(() => headInputs(model, ids).map(({ block }) => block))).toEqual([0, 2]);
    tf.dispose(ids);
    model.dispose();
  });
});
