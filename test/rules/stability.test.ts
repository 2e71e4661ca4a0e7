import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { resolveParams } from '../../src/core/params.js';
import { sizeOf } from '../../src/core/shapes.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { LearningRule, RuleState } from '../../src/rules/contract.js';
import { signalShape, writesOf } from '../../src/rules/inputs.js';
import { rules } from '../../src/rules/registry.js';
import { runRule } from '../../src/rules/run/runRule.js';
import { signalBounds, vectors } from '../../src/verify/ruleCase.js';

/** Memories, each met by one token of its own. */
const [B, K, V] = [2000, 3, 2];

const norms = (S: Tensor): Tensor => tf.norm(tf.reshape(S, [B, -1]), 'euclidean', 1);

/** By which factor a token with nothing to add makes a memory larger, at most, while it keeps to the bound. */
function largestGrowth(rule: LearningRule, silent: 'k' | 'v'): number {
  const rng = Rng.fromSeed(3).derive(rule.name);
  const params = resolveParams(rule.params, {}, rule.name);
  const writes = writesOf(rule, params);
  const drawn = (name: string, size: number): Tensor => {
    if (name === silent) return tf.zeros([B, 1, size]);
    return tf.tensor(vectors(rng.derive(name), [B, size], 'unit').values, [B, 1, size]);
  };
  const signals = Object.entries(rule.signals).map(([name, spec]) => {
    const [low, high] = signalBounds(rule, name, params);
    const shape = signalShape(spec, [B, 1], { K, V, writes });
    const values = Array.from({ length: sizeOf(shape) }, () => low + (high - low) * rng.uniform());
    return [name, tf.tensor(values, shape)] as const;
  });
  const x = {
    q: drawn('q', K),
    k: tf.concat(
      Array.from({ length: writes }, (_, j) => drawn(silent === 'k' ? 'k' : `k${j}`, K)),
      2,
    ),
    v: tf.mul(drawn('v', writes * V), 1.4),
    signals: Object.fromEntries(signals),
  };
  // Fields beside S, such as the usage of channels, from 0 on.
  const fields = Object.entries(rule.initState({ B, H: 1, K, V }, params)).map(([name, { size, shape }]) => {
    const values = rng.derive(`state ${name}`).normals(size);
    return [name, tf.tensor(name === 'S' ? values : values.map((y) => 4 * y * y), shape)] as const;
  });
  const state = Object.fromEntries(fields) as RuleState; // S among them
  const after = rule.step(state, x, params).state;
  const within = tf.lessEqual(
    tf.reshape(rule.stability!.measure(x, state, params), [B]),
    rule.stability!.bound,
  );
  const growth = tf.div(norms(after.S), norms(state.S));
  return tf.max(tf.where(within, growth, tf.zerosLike(growth))).dataSync()[0]!;
}

const bounded = Object.values<LearningRule>(rules).filter(({ stability }) => stability);
const inAnyOrder = bounded.filter(({ stability }) => stability!.anyOrder);

describe('within its bound', () => {
  it.each(inAnyOrder.map(({ name }) => name))('%s makes no memory grow, whatever the key', (name) => {
    for (const silent of ['k', 'v'] as const)
      expect(largestGrowth(rules[name]!, silent)).toBeLessThan(1 + 1e-5);
  });

  it.each(['gated-delta-2', 'rwkv7', 'preconditioned-delta'])(
    '%s may make a memory grow by a key it has not met',
    (name) => {
      expect(largestGrowth(rules[name]!, 'v')).toBeGreaterThan(1.01);
    },
  );
});

describe('titans within its bound', () => {
  /** |S| after three rounds of 3 tokens of one key and 60 of another, without values. */
  const afterRounds = (momentum: number): number => {
    const T = 189;
    const keys = Array.from({ length: T }, (_, t) => (t % 63 < 3 ? [1, 0] : [0, 1]));
    const k = tf.reshape(tf.tensor2d(keys), [1, 1, T, 2]);
    const at = (value: number): Tensor => tf.fill([1, 1, T], value);
    const state = { S: tf.ones([1, 1, 1, 2]), Z: tf.zeros([1, 1, 1, 2]) };
    const xs = {
      q: k,
      k,
      v: tf.zeros([1, 1, T, 1]),
      signals: { beta: at(1), momentum: at(momentum) },
    };
    return tf.norm(runRule(rules.titans!, xs, { state }).state.S).dataSync()[0]!;
  };

  it('forgets two keys in turns at a momentum of 0.5, and makes them grow at 0.9', () => {
    expect(afterRounds(0.5)).toBeLessThan(0.3);
    expect(afterRounds(0.9)).toBeGreaterThan(3);
  });
});
