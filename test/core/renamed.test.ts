import { expect, it } from 'vitest';
import { newPathOf } from '../../src/core/renamed.js';

it('knows the new path of a setting under its old one, and of nothing else', () => {
  expect(newPathOf(['train', 'rows'])).toBe('train.batchSize');
  for (const path of [['train', 'batchSize'], ['constructor'], ['toString'], []]) {
    expect(newPathOf(path)).toBeUndefined();
  }
});
