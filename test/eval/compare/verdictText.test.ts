import { describe, expect, it } from 'vitest';
import { analyse } from '../../../eval/compare/analyse.js';
import type { PairVerdict } from '../../../eval/compare/comparison.js';
import type { ResultRow } from '../../../eval/compare/contract.js';
import { verdictLines } from '../../../eval/compare/verdictText.js';
import { seeds } from './rows.js';

const A = { rule: 'a', gate: 'none' };
const B = { rule: 'b', gate: 'none' };

function pairsOf(rows: readonly ResultRow[]): readonly PairVerdict[] {
  return analyse(rows).tasks[0]!.pairs;
}

describe('the verdicts for readers', () => {
  const variants = ['a', 'b', 'c', 'd', 'e'].map((rule) => ({ rule, gate: 'none' }));

  it('begin with those told apart and name a few pairs that are not compared', () => {
    const few = pairsOf([
      ...seeds(A, [0.91, 0.9, 0.92]),
      ...seeds(B, [0.5, 0.48, 0.53]),
      ...seeds(variants[2]!, [1]),
    ]);
    const lines = verdictLines(few);
    expect(lines.map(({ told }) => told)).toEqual([true, false, false]);
    expect(lines[1]!.text).toMatch(/^a and c are not compared/);
  });

  it('count the pairs that are not compared where there are many', () => {
    const grid = variants.flatMap((variant, i) =>
      seeds(variant, i < 2 ? [0.9 - i / 2, 0.91 - i / 2] : [0.5]),
    );
    const lines = verdictLines(pairsOf(grid));
    expect(lines).toHaveLength(2);
    expect(lines[1]).toEqual({
      text: '9 other pairs are not compared: fewer than 2 seeds finished in both',
      told: false,
    });
    const single = variants.flatMap((variant) => seeds(variant, [0.5]));
    expect(verdictLines(pairsOf(single)).map(({ text }) => text)).toEqual([
      '10 pairs are not compared: fewer than 2 seeds finished in both',
    ]);
  });

  it('leave to the methods why a t test decided', () => {
    const { methods } = analyse([...seeds(A, [0.91, 0.9, 0.92]), ...seeds(B, [0.5, 0.48, 0.53])]);
    expect(methods.join('\n')).toContain(
      'cannot reach the level after correction (with 3 seeds a permutation test cannot go below p = 0.25, and could decide from 6 seeds).',
    );
  });
});
