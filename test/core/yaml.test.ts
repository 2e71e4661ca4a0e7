import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { parseYaml, typedValue } from '../../src/core/yaml.js';

describe('parseYaml', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...Array.from('bcdefghi', (key, i) => {
      const before = 'abcdefghi'.charAt(i);
      return `${key}: &${key} [${Array(10).fill(`*${before}`).join()}]`;
    }),
  ].join('\n');

  it.each([
    [
      'an alias of nothing',
      'train:\n  steps: *nope\n',
      'x.yaml:2:10: expected aliases that can be put in, got: Unresolved alias',
    ],
    ['an alias of itself', 'a: &a [1, *a]\n', 'x.yaml:1:11: expected aliases that can be put in, got: '],
    ['a mapping of itself', 'a: &a\n  b: *a\n', 'x.yaml:2:6: expected aliases that can be put in, got: '],
    [
      'aliases that unfold without end',
      bomb,
      'expected aliases that can be put in, got: Excessive alias count',
    ],
    ['a key given twice', 'a: 1\nb:\n  c: 1\n  c: 2\n', "x.yaml:4:3: Map keys must be unique, got 'c' twice"],
    [
      'more than settings need',
      'a: '.padEnd(1_000_001, 'x'),
      'x.yaml: expected settings of at most 1000000 characters',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseYaml(text, 'x.yaml')).toThrow(ConfigError);
    expect(() => parseYaml(text, 'x.yaml')).toThrow(message);
  });

  it('puts in aliases of what is there', () => {
    expect(parseYaml('a: &a [1]\nb: *a\n', 'x').value).toEqual({ a: [1], b: [1] });
  });

  it('refuses a mapping of more keys than settings need, each of which would be compared with those that are known', () => {
    const keys = (count: number): string =>
      Array.from({ length: count }, (_, i) => `  k${i}: ${i}\n`).join('');
    expect(parseYaml(`a:\n${keys(1000)}`, 'x').value).toMatchObject({ a: { k999: 999 } });
    const message = 'x:2:3: expected at most 1000 keys here, got 1001';
    expect(() => parseYaml(`a:\n${keys(1001)}`, 'x')).toThrow(message);
  });

  it('throws nothing but its own error, whatever the text', () => {
    const bit = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '&a ',
      '*a',
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      '#',
      '!t ',
      '|',
      '%',
      '?',
      '1',
    );
    fc.assert(
      fc.property(fc.array(bit, { maxLength: 20 }), (bits) => {
        try {
          JSON.stringify(parseYaml(bits.join(''), 'x').value);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { seed: 5, numRuns: 1000 },
    );
  });
});

describe('typedValue', () => {
  it.each([
    ['10', 10],
    ['1e-3', 1e-3],
    ['true', true],
    ['null', null],
    ['', null],
    ['[1, a]', [1, 'a']],
    ['{a: 1}', { a: 1 }],
    ['"a # b"', 'a # b'],
    ["'it''s'", "it's"],
    ['.inf', Infinity],
  ])('reads %s as YAML', (text, value) => {
    expect(typedValue(text)).toEqual(value);
  });

  it.each([
    'mixed #2.txt',
    '#3',
    'He was number #1',
    '!bang',
    '!!str 5',
    '|',
    '>',
    '>-\n a',
    '&a b',
    '*a',
    'a: b',
    '- a',
    '%x',
    '--- a',
    '@x',
    '10 # ten',
    '[1, 2] # two',
    '{a: 1} rest',
    '"a" b',
    ' a ',
    'C:\\new',
    '{a: *b}',
    '? a',
    '`x`',
  ])('takes %s as it was typed', (text) => {
    expect(typedValue(text)).toBe(text);
  });

  it('gives a text or what YAML makes of all of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = typedValue(text);
        if (typeof value === 'string' && !/^\s*["']/.test(text)) expect(value).toBe(text);
      }),
      { seed: 6, numRuns: 1000 },
    );
  });
});
