import { describe, expect, it } from 'vitest';
import { finiteNumber, nameList, repeated, wholeNumber } from '../../cli/options.js';

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
    expect(finiteNumber('--top-p', 0, 1)('0.5')).toBe(0.5);
    expect(() => finiteNumber('--top-p', 0, 1)('2')).toThrow(
      "--top-p: expected a number between 0 and 1, got '2'",
    );
    expect(() => finiteNumber('--x')('Infinity')).toThrow("--x: expected a number, got 'Infinity'");
    expect(() => finiteNumber('--x')(' ')).toThrow("--x: expected a number, got ' '");
  });

  it('reads comma-separated names', () => {
    expect(nameList('--probes')('lm, recall')).toEqual(['lm', 'recall']);
    expect(() => nameList('--probes')('lm,,x')).toThrow(
      "--probes: expected comma-separated names, got 'lm,,x'",
    );
  });

  it('gathers what is repeated', () => {
    expect(repeated('b', repeated('a'))).toEqual(['a', 'b']);
  });
});
