import { expect, it } from 'vitest';
import { counted } from '../../src/core/text.js';

it.each([
  [0, 'cell', undefined, '0 cells'],
  [1, 'story', undefined, '1 story'],
  [2, 'story', undefined, '2 stories'],
  [3, 'key', undefined, '3 keys'],
  [2, 'process', undefined, '2 processes'],
  [1200, 'token', '1.2k', '1.2k tokens'],
] as const)('counted: %d of %s', (count, noun, shown, text) => {
  expect(counted(count, noun, shown)).toBe(text);
});
