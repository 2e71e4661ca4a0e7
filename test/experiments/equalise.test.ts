import { describe, expect, it } from 'vitest';
import { equalise } from '../../experiments/equalise.js';
import type { Subject } from '../../experiments/subject.js';
import type { ResolvedVariant } from '../../experiments/variants.js';
import type { CellCost } from '../../eval/compare/contract.js';

interface Sizes {
  readonly valueSize: number;
  readonly mlpWidth: number;
  readonly extra: number;
}

const costOf = ({ valueSize, mlpWidth, extra }: Sizes): CellCost => ({
  parameters: 1000 + 10 * mlpWidth,
  stateBytes: 100 * valueSize + extra,
  flopsPerToken: 1,
});

/** Configs with nothing but the sizes of a model, each set as `model.name=value`. */
function subjectOf(extra: number): Subject {
  const fake = {
    resolve: (sets: readonly string[]) => {
      const given = sets.map((set) => set.replace('model.', '').split('='));
      const model = { valueSize: 16, mlpWidth: 64, extra };
      for (const [name = '', value] of given) Object.assign(model, { [name]: Number(value) });
      return Promise.resolve({ model });
    },
    cost: (config: { readonly model: Sizes }) => Promise.resolve(costOf(config.model)),
  };
  // What equalise uses of a subject, over a config that is nothing but sizes.
  return fake as unknown as Subject;
}

async function variantOf(rule: string, extra: number): Promise<ResolvedVariant> {
  const subject = subjectOf(extra);
  const config = await subject.resolve([]);
  const cost = await subject.cost(config);
  return { variant: { rule }, sets: [], config, cost };
}

async function stateOf(extras: readonly number[]) {
  const variants = await Promise.all(extras.map((extra, i) => variantOf(`rule${i}`, extra)));
  // The extra state belongs to the rule: only the last variant has it.
  return equalise(subjectOf(0), variants, 'state');
}

describe('variants made equal in state', () => {
  it('are raised to the largest by the value size', async () => {
    const { variants, notes } = await stateOf([0, 1600]);
    expect(variants.map(({ cost }) => cost.stateBytes)).toEqual([3200, 3200]);
    expect(variants.map(({ sets }) => sets)).toEqual([['model.valueSize=32'], []]);
    expect(notes).toEqual(['rule0: model.valueSize 32 for 3200 bytes of state']);
  });

  it('are left alone where they are within 2 % already', async () => {
    const { variants, notes } = await stateOf([0, 32]);
    expect(variants.map(({ cost }) => cost.stateBytes)).toEqual([1600, 1632]);
    expect(variants.map(({ sets }) => sets)).toEqual([[], []]);
    expect(notes).toEqual([]);
  });

  it('are refused where no whole number comes near', async () => {
    await expect(stateOf([0, 50])).rejects.toThrow(
      /--equal state: expected rule0 to come within 2 % of 1650 by model\.valueSize, got 1[67]00; make the model larger/,
    );
  });
});
