import { describe, expect, it } from 'vitest';
import { ConditioningHead, rules } from '../../src/index.js';
import { tf } from '../../src/core/tf.js';
import '../support/close.js';

describe('values and signals', () => {
  it('are as projected, and as the rule begins, where options say so', () => {
    const options = { rule: 'rwkv7', gate: 'none', valueActivation: false, learnedSignals: false } as const;
    const { plan } = new ConditioningHead({ heads: 2, keySize: 3, valueSize: 1, convolution: 0, ...options });
    expect(plan.specs(4).map(({ name }) => name)).toEqual(['qkv', 'outputGate', 'outputNorm', 'output']);
    const x = tf.randomNormal([2, 5, 4], 0, 1, 'float32', 3);
    const qkv = tf.randomNormal([4, 14], 0, 1, 'float32', 4);
    const { v, signals } = plan.memory!.input({ qkv }, x);
    const values = tf.transpose(tf.matMul(tf.reshape(x, [10, 4]), tf.slice(qkv, [0, 12], [4, 2])));
    expect(v).toBeAllClose(tf.transpose(tf.reshape(values, [2, 2, 5, 1]), [1, 0, 2, 3]), {
      rtol: 1e-5,
      atol: 1e-6,
    });
    for (const [name, { initial, width }] of Object.entries(rules.rwkv7!.signals)) {
      expect(signals[name]!.shape, name).toEqual([2, 2, 5, ...(width === undefined ? [] : [3])]);
      expect(new Set(signals[name]!.dataSync()), name).toEqual(new Set([Math.fround(initial)]));
    }
  });
});
