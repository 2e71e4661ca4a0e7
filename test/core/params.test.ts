import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { choiceParam, numberParam, resolveParams, type ParamSpec } from '../../src/core/params.js';

const specs: Record<string, ParamSpec> = {
  rate: { default: 1, range: [0, 2], doc: 'how fast' },
  form: { default: 'plain', choices: ['plain', 'fancy'], doc: 'which form' },
};

describe('resolveParams', () => {
  it('puts what was given over the defaults', () => {
    expect(resolveParams(specs, {}, 'x')).toEqual({ rate: 1, form: 'plain' });
    expect(resolveParams(specs, { rate: 2, form: 'fancy' }, 'x')).toEqual({ rate: 2, form: 'fancy' });
  });

  it.each([
    [{ rat: 1 }, "x: expected one of rate | form, got 'rat'; did you mean 'rate'?"],
    [{ constructor: 1 }, "x: expected one of rate | form, got 'constructor'"],
    [{ rate: 2.5 }, "x.rate: expected a number from 0 to 2, got '2.5'"],
    [{ rate: NaN }, "x.rate: expected a number from 0 to 2, got 'NaN'"],
    [{ rate: '1' }, "x.rate: expected a number from 0 to 2, got '1'"],
    [{ form: 'fanci' }, "x.form: expected one of plain | fancy, got 'fanci'"],
    [{ form: 3 }, "x.form: expected one of plain | fancy, got '3'"],
  ] as const)('refuses %o', (given, message) => {
    expect(() => resolveParams(specs, given as Record<string, number | string>, 'x')).toThrow(
      new ConfigError(message),
    );
  });

  it('says that there is nothing to set where there are no parameters', () => {
    expect(() => resolveParams({}, { a: 1 }, 'x')).toThrow(
      new ConfigError("x: expected no parameters, got 'a'"),
    );
  });
});

describe('numberParam and choiceParam', () => {
  it('read resolved parameters and refuse those of the other type', () => {
    expect(numberParam({ rate: 1.5 }, 'rate')).toBe(1.5);
    expect(() => numberParam({ rate: 'a' }, 'rate')).toThrow(ConfigError);
    expect(choiceParam({ form: 'b' }, 'form', { a: 1, b: 2 })).toBe(2);
    expect(() => choiceParam({ form: 'c' }, 'form', { a: 1, b: 2 })).toThrow('expected one of a | b');
  });
});
