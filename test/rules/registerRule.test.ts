import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import type { LearningRule } from '../../src/rules/contract.js';
import { delta } from '../../src/rules/delta.js';
import { registerRule, rules } from '../../src/rules/registry.js';
import { ruleIssues } from '../../src/rules/ruleIssues.js';

const own: LearningRule = { ...delta, name: 'my-rule' };

describe('ruleIssues', () => {
  it.each(Object.keys(rules))('finds nothing wrong with %s', (name) => {
    expect(ruleIssues(rules[name])).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['no object', 3, 'rule: expected an object, got 3'],
    [
      'a name that is no folder name',
      { ...own, name: 'My Rule' },
      "rule.name: expected a name of small letters, digits and single hyphens, such as my-rule, got 'My Rule'",
    ],
    [
      'a field that does not exist',
      { ...own, signal: {} },
      `rule.signal: expected one of ${[
        ...[
          'name',
          'title',
          'equation',
          'source',
          'reductions',
          'signals',
          'params',
          'writes',
          'normalise',
          'anyKeys',
          'initState',
          'step',
          'decay',
          'read',
        ],
        ...['chunk', 'channelChunk', 'sharedReads', 'stability', 'onnx'],
      ].join(' | ')}, got 'signal'; did you mean 'signals'?`,
    ],
    ['a step that is none', { ...own, step: undefined }, 'rule.step: expected a function, got nothing'],
    ['no equation', { ...own, equation: ' ' }, "rule.equation: expected a text of some words, got ' '"],
    [
      'a normalisation there is not',
      { ...own, normalise: { ...own.normalise, k: 'l2' } },
      "rule.normalise.k: expected one of unit | scaled | none, got 'l2'",
    ],
    [
      'a signal bounded by a parameter there is not',
      { ...own, signals: { beta: { ...own.signals.beta, high: 'maxbeta' } } },
      "rule.signals.beta.high: expected a number or the name of a parameter that is one, got 'maxbeta'",
    ],
    [
      'a signal that starts at its bound',
      { ...own, signals: { beta: { ...own.signals.beta, initial: 1 } } },
      'rule.signals.beta.initial: expected a number between 0 and 1, got 1',
    ],
    [
      'a parameter out of its range',
      { ...own, params: { maxBeta: { ...own.params.maxBeta, default: 3 } } },
      'rule.params.maxBeta.default: expected a number from 1 to 2, got 3',
    ],
    [
      'a range the wrong way round',
      { ...own, params: { maxBeta: { ...own.params.maxBeta, range: [2, 1] } } },
      'rule.params.maxBeta.range: expected two finite numbers [low, high] with low < high, got [2,1]',
    ],
    [
      'a word that is no choice',
      { ...own, params: { ...own.params, form: { default: 'c', choices: ['a', 'b'], doc: 'which form' } } },
      "rule.params.form.default: expected one of a | b, got 'c'",
    ],
    [
      'a number of writes that may be a fraction',
      { ...own, writes: 'maxBeta' },
      "rule.writes: expected the name of a parameter that is whole and at least 1, got 'maxBeta'",
    ],
    [
      'a stability without a measure',
      { ...own, stability: { quantity: 'beta |k|^2', bound: 2 } },
      'rule.stability.measure: expected a function, got nothing',
    ],
  ])('names the field of %s', (_, rule, message) => {
    expect(ruleIssues(rule)).toEqual([message]);
  });

  it('gives all faults at once', () => {
    expect(ruleIssues({ ...own, title: '', channelChunk: 1 })).toEqual([
      "rule.title: expected a text of some words, got ''",
      'rule.channelChunk: expected true or false, got 1',
    ]);
  });
});

describe('registerRule', () => {
  it('makes a rule known by its name, once', () => {
    expect(registerRule(own)).toBe(own);
    expect(rules['my-rule']).toBe(own);
    expect(registerRule(own)).toBe(own);
  });

  it('refuses a name that is taken', () => {
    const taken = "rule.name: 'delta' is already registered; choose another name";
    expect(() => registerRule({ ...own, name: 'delta' })).toThrow(new ConfigError(taken));
    expect(rules.delta).toBe(delta);
  });

  it('refuses a rule that breaks the contract', () => {
    expect(() => registerRule({ ...own, name: 'other', signals: [] as never })).toThrow(
      new ConfigError('rule.signals: expected an object, got []'),
    );
    expect(rules.other).toBeUndefined();
  });
});
