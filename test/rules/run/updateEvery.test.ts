import { describe, expect, it } from 'vitest';
import { ConditioningHead } from '../../../src/layers/heads.js';
import { rules } from '../../../src/rules/registry.js';
import { updatedEvery } from '../../../src/rules/run/updateEvery.js';
import { DIMS } from '../../../src/verify/ruleCase.js';
import { RuleRunner, STEP } from '../../../src/verify/ruleRunner.js';
import '../../support/close.js';
import { bothEngines } from '../../support/engines.js';
import { ruleCase } from '../../support/ruleCase.js';
import { equalsTheDefinition, keepsTheContract } from './pacedContract.js';

const [eager] = await bothEngines();

describe.each(['delta', 'mesa'])('%s with memories of two periods', equalsTheDefinition);

describe('delta updated at every third token', () => {
  keepsTheContract('delta');
});

describe('a rule updated every c tokens', () => {
  it('is the rule itself where c is 1', async () => {
    const on = ruleCase({ ...DIMS, T: 9, rule: 'rls', decay: 'head', documents: true, state: false });
    const outputsOf = async (rule: typeof paced) => {
      const runner = new RuleRunner(rule, eager, []);
      const { outputs } = await runner.run(on, STEP);
      await runner.dispose();
      return outputs!.values;
    };
    const paced = updatedEvery(rules.rls!, [1]);
    expect(await outputsOf(paced)).toBeAllClose(await outputsOf(rules.rls!), { rtol: 1e-5, atol: 1e-6 });
  });

  it('has a period for each memory of a layer, or one for all', () => {
    const head = { heads: 4, keySize: 2, valueSize: 2, rule: 'delta', gate: 'none' } as const;
    expect(() => new ConditioningHead({ ...head, updateEvery: [1, 4] })).toThrow(
      'updateEvery: expected one number, or 4, one per memory of a layer, got 2',
    );
    const { plan } = new ConditioningHead({ ...head, keyValueHeads: 2, updateEvery: [1, 4] });
    expect(plan.memory!.rule).not.toHaveProperty('chunk');
    expect(new ConditioningHead({ ...head, updateEvery: [1, 1, 1, 1] }).plan.memory!.rule).toBe(rules.delta);
  });
});
