import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toJson } from '../../report/json.js';
import { visible } from '../../src/core/visible.js';

it('visible keeps text, line ends and tabs, and shows what could drive a terminal', () => {
  expect(visible('naïve 😀\n\tok 東京 👨‍👩‍👧')).toBe('naïve 😀\n\tok 東京 👨‍👩‍👧');
  expect(visible('\u001b[31m\u0007\r\u009b\u007f\u202e')).toBe('␛[31m␇␍\ufffd␡\ufffd');
});

it('visible leaves no control character in any text, and changes none twice', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visible(text)).not.toMatch(/(?![\n\t])\p{Cc}/u);
      expect(visible(visible(text))).toBe(visible(text));
    }),
    { seed: 7, numRuns: 500 },
  );
});

it('a JSON document is the same value, without such characters', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (texts) => {
      const json = toJson(texts);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(texts)));
      expect(json).not.toMatch(/(?!\n)\p{Cc}/u);
    }),
    { seed: 8, numRuns: 300 },
  );
});
