import { describe, expect, it } from 'vitest';
import { checkResultRow, formatResult, readResults } from '../../../eval/compare/contract.js';
import { resultRow } from './rows.js';

describe('results.jsonl', () => {
  it('gives back what was written', () => {
    const rows = [
      resultRow(),
      resultRow({ cell: 'c1', seed: 1, status: 'diverged', reason: 'the loss became NaN', test: null }),
    ];
    expect(readResults(rows.map(formatResult).join(''))).toEqual(rows);
  });

  it('has one order of fields whatever the order of the row', () => {
    const row = resultRow();
    const turned = checkResultRow(Object.fromEntries(Object.entries(row).reverse()), 'row');
    expect(formatResult(turned)).toBe(formatResult(row));
  });

  it('passes over empty lines and counts them', () => {
    expect(() => readResults(`${formatResult(resultRow())}\n{"cell": 1}\n`, 'r.jsonl')).toThrow(
      'r.jsonl:3: expected a result row, got a fault in cell: ',
    );
  });

  it('names a line that is cut off', () => {
    expect(() => readResults(formatResult(resultRow()).slice(0, 30))).toThrow(
      `results.jsonl:1: expected one JSON object, got '{"cell":"c0","task":"mqar","va`,
    );
  });

  it.each([
    ['an unknown field', { ...resultRow(), extra: 1 }, 'row: expected a result row, got a fault in '],
    ['a seed below 0', { ...resultRow(), seed: -1 }, 'a fault in seed: '],
    ['a cost that is missing', { ...resultRow(), cost: { parameters: 1 } }, 'a fault in cost.'],
    [
      'a result that is missing',
      resultRow({ test: null }),
      "a number in test exactly when status is 'done', got null",
    ],
    ['a result of a failed cell', resultRow({ status: 'failed' }), "got 0.5 and 'failed'"],
  ])('refuses %s', (_, value, message) => {
    expect(() => checkResultRow(value, 'row')).toThrow(message);
  });

  it('does not write a result that is not finite', () => {
    expect(() => formatResult(resultRow({ test: NaN }))).toThrow('cell c0: expected a result row');
  });
});
