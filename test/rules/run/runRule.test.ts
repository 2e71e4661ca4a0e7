import { describe, expect, it } from 'vitest';
import '../../support/close.js';
import { ConfigError, ShapeError } from '../../../src/core/errors.js';
import { tf } from '../../../src/core/tf.js';
import { delta as ownDelta } from '../../../src/rules/delta.js';
import { hebbian as ownHebbian } from '../../../src/rules/hebbian.js';
import { runRule, type RunRuleOptions } from '../../../src/rules/run/runRule.js';
import type { LearningRule, SequenceInput } from '../../../src/rules/contract.js';

const [delta, hebbian]: readonly [LearningRule, LearningRule] = [ownDelta, ownHebbian];

const good: SequenceInput = {
  q: tf.zeros([2, 1, 4, 3]),
  k: tf.zeros([2, 1, 4, 3]),
  v: tf.zeros([2, 1, 4, 5]),
  signals: { beta: tf.zeros([2, 1, 4]) },
};

describe('runRule', () => {
  it.each([
    [{ k: tf.zeros([2, 1, 4, 2]) }, 'runRule(delta): k: expected shape [B=2,H=1,T=4,K=3], got [2,1,4,2]'],
    [{ v: tf.zeros([2, 1, 5, 5]) }, 'runRule(delta): v: expected shape [B=2,H=1,T=4,V], got [2,1,5,5]'],
    [{ signals: {} }, 'runRule(delta): signals.beta: expected shape [B=2,H=1,T=4], got []'],
    [
      { logDecay: tf.zeros([3, 1, 4]) },
      'runRule(delta): logDecay: expected shape [B=2,H=1,T=4], got [3,1,4]',
    ],
    [
      { logDecay: tf.zeros([2, 1, 4, 2]) },
      'runRule(delta): logDecay: expected shape [B=2,H=1,T=4,K=3], got [2,1,4,2]',
    ],
    [
      { documents: tf.zeros([2, 3], 'int32') },
      'runRule(delta): documents: expected shape [B=2,T=4], got [2,3]',
    ],
  ] as const)('refuses shapes that do not fit (%#)', (change, message) => {
    expect(() => runRule(delta, { ...good, ...change })).toThrow(new ShapeError(message));
  });

  it('refuses a sequence of no tokens', () => {
    const none = (size: number) => tf.zeros([2, 1, 0, size]);
    const xs = { q: none(3), k: none(3), v: none(5), signals: { beta: tf.zeros([2, 1, 0]) } };
    expect(() => runRule(delta, xs)).toThrow(
      new ShapeError('runRule(delta): expected at least 1 for every size, got T=0'),
    );
  });

  it('refuses a signal the rule does not have, and one it lacks in step form', () => {
    const signals = { ...good.signals, theta: tf.zeros([2, 1, 4]) };
    expect(() => runRule(delta, { ...good, signals })).toThrow(
      new ConfigError("runRule(delta): expected the signals beta, got 'theta'; leave it out"),
    );
    const token = { q: tf.zeros([1, 1, 3]), k: tf.zeros([1, 1, 3]), v: tf.zeros([1, 1, 5]), signals: {} };
    const state = delta.initState({ B: 1, H: 1, K: 3, V: 5 }, {});
    expect(() => delta.step(state, token, {})).toThrow(
      new ShapeError("rule: expected the signal 'beta', got none; pass it in 'signals'"),
    );
  });

  it.each<[RunRuleOptions, string]>([
    [{ chunkSize: 0 }, 'chunkSize: expected a whole number of at least 1, got 0'],
    [{ chunkSize: 2.5 }, 'chunkSize: expected a whole number of at least 1, got 2.5'],
    [{ params: { maxBeta: 3 } }, "runRule(delta): params.maxBeta: expected a number from 1 to 2, got '3'"],
    [
      { params: { maxbeta: 1 } },
      "runRule(delta): params: expected one of maxBeta, got 'maxbeta'; did you mean 'maxBeta'?",
    ],
  ])('refuses options that are wrong (%#)', (options, message) => {
    expect(() => runRule(delta, good, options)).toThrow(new ConfigError(message));
  });

  it('refuses a state of another size', () => {
    expect(() => runRule(delta, good, { state: { S: tf.zeros([2, 1, 3, 5]) } })).toThrow(
      new ShapeError(
        'runRule(delta): expected the state S [2,1,5,3], got S [2,1,3,5]; pass one that a run of these sizes gave',
      ),
    );
  });
});

describe('hebbian', () => {
  it('adds up what is written, as 2 + 0.5 * 3 on the one key', () => {
    const one = (...values: number[]) => tf.tensor4d(values, [1, 1, 2, 1]);
    const xs = { q: one(1, 1), k: one(1, 0.5), v: one(2, 3), signals: { beta: tf.ones([1, 1, 2]) } };
    expect(runRule(hebbian, xs).outputs.dataSync()).toEqual(Float32Array.of(2, 3.5));
  });
});

describe('delta', () => {
  it('moves what the key recalls to the value by the share beta', () => {
    const one = (...values: number[]) => tf.tensor4d(values, [1, 1, 3, 1]);
    const signals = { beta: tf.tensor3d([0.5, 0.5, 1], [1, 1, 3]) };
    const { outputs } = runRule(delta, { q: one(1, 1, 1), k: one(1, 1, 1), v: one(4, 4, 7), signals });
    expect(outputs.dataSync()).toEqual(Float32Array.of(2, 3, 7));
  });

  it('measures its distance to the bound beta |k|^2 <= 2', () => {
    const token = {
      q: tf.zeros([1, 1, 2]),
      k: tf.tensor3d([3, 4], [1, 1, 2]),
      v: tf.zeros([1, 1, 1]),
      signals: { beta: tf.tensor2d([0.1], [1, 1]) },
    };
    expect(delta.stability?.measure(token, delta.initState({ B: 1, H: 1, K: 2, V: 1 }, {}), {})).toBeAllClose(
      tf.tensor2d([2.5], [1, 1]),
      { rtol: 1e-6, atol: 0 },
    );
    expect(delta.stability?.bound).toBe(2);
  });
});
