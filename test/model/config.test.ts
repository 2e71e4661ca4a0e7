import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { checkModelConfig, mixerNames, modelIssues, type ModelOptions } from '../../src/model/config.js';
import { Model } from '../../src/model/model.js';
import { delta } from '../../src/rules/delta.js';
import { registerRule } from '../../src/rules/registry.js';
import { tinyConfig } from './support.js';

describe('checkModelConfig', () => {
  it('takes a right config', () => {
    expect(modelIssues(tinyConfig)).toEqual([]);
    expect(modelIssues({ ...tinyConfig, mixer: ['softmax', 'conditioning'] })).toEqual([]);
  });

  it('tells all faults with their paths', () => {
    const wrong = {
      ...tinyConfig,
      heads: 0,
      width: 1.5,
      rule: 'hebian',
      mixer: ['softmax', 'conditionning'],
      normEpsilon: -1,
      dropout: 0.1,
    };
    expect(modelIssues(wrong)).toEqual([
      'model.width: expected a whole number, got 1.5',
      'model.heads: expected a number of at least 1, got 0',
      expect.stringMatching(/^model\.rule: expected one of .*, got 'hebian'; did you mean 'hebbian'\?$/),
      'model.normEpsilon: expected a number above 0, got -1',
      expect.stringMatching(/^model\.mixer/),
      expect.stringMatching(/^model\.dropout: expected one of width \| .*, got 'dropout'$/),
    ]);
    expect(modelIssues({ ...tinyConfig, gateParams: { reach: 3 } })).toEqual([
      "model.gateParams: expected no parameters, got 'reach'",
    ]);
  });

  it('fills in what is not said, from one place', () => {
    const { width, layers, heads, keySize, valueSize, mlpWidth, vocabularySize, rule, gate } = tinyConfig;
    const sizes = { width, layers, heads, keySize, valueSize, mlpWidth, vocabularySize };
    expect(checkModelConfig({ ...sizes, rule, gate })).toMatchObject({
      normEpsilon: 1e-5,
      mixer: 'conditioning',
      convolution: 4,
      ruleParams: {},
    });
  });

  it('wants one mixer per layer', () => {
    expect(modelIssues({ ...tinyConfig, mixer: ['softmax'] })).toEqual([
      'model.mixer: expected one name or 2, one per layer, got 1',
    ]);
  });

  it('finds settings of a gate that do not go together', () => {
    const gateParams = { shortest: 100, longest: 10 };
    const faults = modelIssues({ ...tinyConfig, gate: 'fixed', gateParams });
    expect(faults).toEqual([expect.stringContaining('expected shortest <= longest, got 100 and 10')]);
  });

  it('finds a parameter that bounds a signal below its initial value', () => {
    const params = {
      ...delta.params,
      maxBeta: { default: 1, range: [0.1, 2], doc: 'upper bound of beta' },
    } as const;
    registerRule({ ...delta, name: 'wider', params });
    const config = { ...tinyConfig, rule: 'wider' };
    expect(modelIssues({ ...config, ruleParams: { maxBeta: 0.6 } })).toEqual([]);
    expect(modelIssues({ ...config, ruleParams: { maxBeta: 0.5 } })).toEqual([
      'model.ruleParams.maxBeta: expected more than 0.5, the initial beta, got 0.5; choose a larger one',
    ]);
  });

  it('never throws, whatever it is given', () => {
    const field = fc.constantFrom(...Object.keys(tinyConfig));
    const property = fc.property(field, fc.jsonValue(), fc.jsonValue(), (name, value, whole) => {
      expect(Array.isArray(modelIssues({ ...tinyConfig, [name]: value }))).toBe(true);
      expect(modelIssues(whole).length).toBeGreaterThan(0);
    });
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  it('is what a model is created through', () => {
    const wrong = { ...tinyConfig, heads: -1, layers: 0 } as ModelOptions;
    expect(() => Model.create(wrong, 0)).toThrow(ConfigError);
    expect(() => checkModelConfig(wrong, 'config.model')).toThrow(
      'config.model.layers: expected a number of at least 1, got 0\n' +
        'config.model.heads: expected a number of at least 1, got -1',
    );
  });
});

describe('mixerNames', () => {
  it('gives each block its kind', () => {
    expect(mixerNames({ ...tinyConfig, mixer: 'softmax' })).toEqual(['softmax', 'softmax']);
    expect(mixerNames({ ...tinyConfig, mixer: ['softmax', 'conditioning'] })).toEqual([
      'softmax',
      'conditioning',
    ]);
  });
});
