import { describe, expect, it } from 'vitest';
import { finiteNumber, nameList, positiveShare, repeated, wholeNumber } from '../../cli/options.js';

describe('option values', () => {
  it('reads whole numbers, with underscores between digits', () => {
    expect(wholeNumber('--steps', 1)('1_000')).toBe(1000);
    expect(wholeNumber('--seed', -5)('-5')).toBe(-5);
  });

  it.each(['ten', '1.5', '', '1e3', '_1', '0', '9007199254740993'])('refuses the whole number %j', (text) => {
    expect(() => wholeNumber('--steps', 1)(text)).toThrow(
      `--steps: expected a whole number of at least 1, got '${text}'`,
    );
  });

  it('reads finite numbers within bounds', () => {
    expect(finiteNumber('--x', 0, 1)('0.5')).toBe(0.5);
    expect(() => finiteNumber('--x', 0, 1)('2')).toThrow("--x: expected a number between 0 and 1, got '2'");
    expect(() => finiteNumber('--x')('Infinity')).toThrow("--x: expected a number, got 'Infinity'");
    expect(() => finiteNumber('--x')(' ')).toThrow("--x: expected a number, got ' '");
  });

  it('reads shares above 0', () => {
    expect([positiveShare('--top-p')('1'), positiveShare('--top-p')('1e-9')]).toEqual([1, 1e-9]);
    for (const text of ['0', '-1', '1.01', 'NaN', ' ', 'x']) {
      expect(() => positiveShare('--top-p')(text)).toThrow(
        `--top-p: expected a number above 0 and at most 1, got '${text}'`,
      );
    }
  });

  it('reads comma-separated names', () => {
    expect(() => nameList('--probes')('lm, copy,lm')).toThrow(
      "--probes: expected each once, got 'lm' twice; leave one out",
    );
    expect(nameList('--probes')('lm, recall')).toEqual(['lm', 'recall']);
    expect(() => nameList('--probes')('lm,,x')).toThrow(
      "--probes: expected comma-separated names, got 'lm,,x'",
    );
  });

  it('gathers what is repeated', () => {
    expect(repeated('b', repeated('a'))).toEqual(['a', 'b']);
  });
});
