import { describe, expect, it } from 'vitest';
import { variantLabels } from '../../../eval/compare/labels.js';

describe('variantLabels', () => {
  it('names rules by themselves and says of a setting which it is, whatever its value', () => {
    const variants = ['true', 'false'].map((norm) => ({ rule: 'delta', 'model.norm': norm }));
    expect(variantLabels(variants)).toEqual(['norm true', 'norm false']);
    expect(
      variantLabels([
        { rule: 'delta', 'model.width': 32 },
        { rule: 'oja', 'model.width': 64 },
      ]),
    ).toEqual(['delta, width 32', 'oja, width 64']);
  });

  it('writes whole paths where two settings end in the same word', () => {
    const variants = [
      { 'train.batchSize': 1, 'task.batchSize': 2 },
      { 'train.batchSize': 2, 'task.batchSize': 1 },
    ];
    expect(variantLabels(variants)).toEqual([
      'train.batchSize=1, task.batchSize=2',
      'train.batchSize=2, task.batchSize=1',
    ]);
  });
});
