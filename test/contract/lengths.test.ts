import { describe, it } from 'vitest';
import { rules } from '../../src/rules/registry.js';
import { CLOSE, type Tolerance } from '../../src/verify/compare.js';
import type { DecayKind } from '../../src/verify/ruleCase.js';
import {
  expectSame,
  filledWith,
  formsOf,
  ruleCase,
  runCase,
  SIZES,
  strongestWrite,
  withInputs,
  type RuleCase,
} from '../support/ruleCase.js';
import { bothEngines } from '../support/engines.js';

const engines = await bothEngines();
const [eager] = engines;
/** One decay for all rows is a decay per head once it has been broadcast: see rules.test.ts. */
const decays: readonly DecayKind[] = ['none', 'head', 'channel'];

/** Every form on every engine gives what the steps give on the eager one; of a rule without chunks, the steps. */
async function expectDefinition(
  on: RuleCase,
  chunkSizes: readonly number[],
  tolerance: Tolerance = CLOSE,
): Promise<void> {
  const [step, ...inChunks] = formsOf(on, ...chunkSizes);
  const wanted = await runCase(eager, on, step!);
  for (const engine of engines) {
    const others = inChunks.length > 0 || engine === eager ? inChunks : [step!];
    for (const form of others) expectSame(await runCase(engine, on, form), wanted, tolerance);
  }
}

describe.each(Object.keys(rules))('rule %s over many tokens', (rule) => {
  it('is what its step says at T = 256', async () => {
    const on = ruleCase({ ...SIZES, B: 1, H: 1, T: 256, rule, decay: 'head', documents: true });
    await expectDefinition(on, [32, 256]);
  });

  describe.each(decays)('with decay %s', (decay) => {
    it('is what its step says at T = 100', async () => {
      const on = ruleCase({ ...SIZES, B: 1, H: 1, T: 100, rule, decay, documents: true });
      await expectDefinition(on, [16, 32, 100]);
    });

    it.each(['k', 'v'])(
      'is exact where all 64 of %s are equal and written at full strength',
      async (name) => {
        const random = ruleCase({ ...SIZES, B: 1, T: 64, rule, decay });
        const { shape, values } = random.inputs[name]!;
        const same = filledWith((i) => values[i % shape[3]!]!);
        const beta = filledWith(() => strongestWrite(rule));
        const on = withInputs(random, { [name]: same, 'signals.beta': beta });
        // At the edge of stability nothing damps the rounding of a write; what is not linear in the state multiplies
        // it over 64 tokens.
        await expectDefinition(on, [16, 64], 'chunk' in rules[rule]! ? CLOSE : { rtol: 1e-3, atol: 1e-4 });
      },
    );
  });
});
