import { describe, expect, it } from 'vitest';
import { budget, planRequest, seedCount } from '../../cli/gridRun.js';
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
    expect(() => finiteNumber('--x', Number.MIN_VALUE)('0')).toThrow(
      "--x: expected a number above 0, got '0'",
    );
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

  it('reads times and numbers of seeds', () => {
    expect(['2h', '1h30m', '45m', '90s', '0.5h'].map(budget)).toEqual([7200, 5400, 2700, 90, 1800]);
    for (const text of ['', '2', 'h', '0s', '2 days', '1m2h', '..s', '-1h']) {
      expect(() => budget(text)).toThrow(
        `--budget: expected a time such as 2h, 1h30m, 45m or 90s, got '${text}'`,
      );
    }
    expect(['3', 'auto'].map(seedCount)).toEqual([3, 'auto']);
    expect(() => seedCount('0')).toThrow('--seeds: expected a whole number of at least 1');
    expect(() => seedCount('many')).toThrow("expected a whole number of at least 1 or 'auto', got 'many'");
  });

  it('refuses limits on seeds that are not added', async () => {
    const flags = { task: 'induction', seeds: 3 };
    const output = { note: () => undefined };
    await expect(planRequest({ ...flags, maxSeeds: 5 }, output)).rejects.toThrow(
      '--max-seeds: ends the seeds of --seeds auto',
    );
    await expect(planRequest({ ...flags, budget: 5 }, output)).rejects.toThrow(
      'got --seeds 3; leave one out',
    );
    const auto = await planRequest({ ...flags, seeds: 'auto', budget: 5, margin: 0 }, output);
    expect([auto.seeds, auto.margin]).toEqual([{ maxSeeds: 40, budgetSeconds: 5 }, 0]);
  });

  it('gathers what is repeated', () => {
    expect(repeated('b', repeated('a'))).toEqual(['a', 'b']);
  });
});
