import { describe, expect, it } from 'vitest';
import { formatBar, formatBytes, formatCount, formatSeconds } from '../../cli/format.js';

describe('formats', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1536, '1.5 kB'],
    [2_227_753_162, '2.2 GB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0.4, '0s'],
    [65, '1m05s'],
    [3725, '1h02m'],
    [Infinity, '?'],
    [-1, '0s'],
  ])('%d seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  it('counts have groups, bars have their width', () => {
    expect(formatCount(1_234_567.4)).toBe('1,234,567');
    expect([0, 0.5, 1, 2, -1].map((part) => formatBar(part, 4))).toEqual([
      '░░░░',
      '██░░',
      '████',
      '████',
      '░░░░',
    ]);
  });
});
