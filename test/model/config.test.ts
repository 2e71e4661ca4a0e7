import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { checkModelConfig, headKinds, modelConfigFaults, type ModelConfig } from '../../src/model/config.js';
import { LanguageModel } from '../../src/model/languageModel.js';
import { delta } from '../../src/rules/delta.js';
import { registerRule } from '../../src/rules/registry.js';
import { tinyConfig } from './support.js';

describe('checkModelConfig', () => {
  it('takes a right config', () => {
    expect(modelConfigFaults(tinyConfig)).toEqual([]);
    expect(modelConfigFaults({ ...tinyConfig, head: ['softmax', 'conditioning'] })).toEqual([]);
  });

  it('tells all faults with their paths', () => {
    const wrong = {
      ...tinyConfig,
      heads: 0,
      width: 1.5,
      rule: 'hebian',
      gateParams: { reach: 3 },
      head: ['softmax', 'conditionning'],
      normEpsilon: -1,
      dropout: 0.1,
      chunkSize: undefined,
    };
    expect(modelConfigFaults(wrong)).toEqual([
      expect.stringMatching(/^model\.dropout: expected one of vocabularySize \| .*, got 'dropout'$/),
      'model.width: expected a whole number of at least 1, got 1.5',
      'model.heads: expected a whole number of at least 1, got 0',
      expect.stringMatching(/^model\.rule: expected one of .*, got 'hebian'; did you mean 'hebbian'\?$/),
      'model.chunkSize: expected a whole number of at least 1, got nothing',
      "model.head[1]: expected one of conditioning | softmax, got 'conditionning'; did you mean 'conditioning'?",
      'model.normEpsilon: expected a number above 0, got -1',
      "model.gateParams: expected no parameters, got 'reach'",
    ]);
  });

  it('wants one kind of head a block', () => {
    expect(modelConfigFaults({ ...tinyConfig, head: ['softmax'] })).toEqual([
      'model.head: expected one kind or 2, one a block, got 1',
    ]);
  });

  it('finds settings of a gate that do not go together', () => {
    const gateParams = { shortest: 100, longest: 10 };
    const faults = modelConfigFaults({ ...tinyConfig, gate: 'fixed', gateParams });
    expect(faults).toEqual([expect.stringContaining('expected shortest <= longest, got 100 and 10')]);
  });

  it('finds a knob that bounds a signal below its initial value', () => {
    const params = {
      ...delta.params,
      maxBeta: { default: 1, range: [0.1, 2], doc: 'upper bound of beta' },
    } as const;
    registerRule({ ...delta, name: 'wider', params });
    const config = { ...tinyConfig, rule: 'wider' };
    expect(modelConfigFaults({ ...config, ruleParams: { maxBeta: 0.6 } })).toEqual([]);
    expect(modelConfigFaults({ ...config, ruleParams: { maxBeta: 0.5 } })).toEqual([
      'model.ruleParams.maxBeta: expected more than 0.5, the initial beta, got 0.5; choose a larger one',
    ]);
  });

  it('never throws, whatever it is given', () => {
    const field = fc.constantFrom(...Object.keys(tinyConfig));
    const property = fc.property(field, fc.jsonValue(), fc.jsonValue(), (name, value, whole) => {
      expect(Array.isArray(modelConfigFaults({ ...tinyConfig, [name]: value }))).toBe(true);
      expect(modelConfigFaults(whole).length).toBeGreaterThan(0);
    });
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  it('is what a model is created through', () => {
    const wrong = { ...tinyConfig, heads: -1, layers: 0 } as ModelConfig;
    expect(() => LanguageModel.create(wrong, 0)).toThrow(ConfigError);
    expect(() => checkModelConfig(wrong, 'config.model')).toThrow(
      'config.model.layers: expected a whole number of at least 1, got 0\n' +
        'config.model.heads: expected a whole number of at least 1, got -1',
    );
  });
});

describe('headKinds', () => {
  it('gives each block its kind', () => {
    expect(headKinds({ ...tinyConfig, head: 'softmax' })).toEqual(['softmax', 'softmax']);
    expect(headKinds({ ...tinyConfig, head: ['softmax', 'conditioning'] })).toEqual([
      'softmax',
      'conditioning',
    ]);
  });
});
