import { afterAll, describe, it } from 'vitest';
import { createEngine } from '../../src/engine/createEngine.js';
import { gates } from '../../src/gates/registry.js';
import { rules } from '../../src/rules/registry.js';
import { filledWith, withInputs } from '../support/caseChanges.js';
import { againstReference, expectSame } from '../support/expectSame.js';
import { ruleCase, runCase, SIZES, type RuleCase, type RuleOutcome } from '../support/ruleCase.js';
import { formsOf, step, strongestWrite } from '../support/ruleForms.js';

const engines = [await createEngine({ engine: 'eager' }), await createEngine({ engine: 'graph' })];
const [eager] = engines as [(typeof engines)[number]];

afterAll(async () => {
  await Promise.all(engines.map(async (engine) => engine.dispose()));
});

/** What the step gives on the eager engine, which is what every other form and engine must give. */
const definition = (on: RuleCase): Promise<RuleOutcome> => runCase(eager, on, step);

async function expectDefinition(
  on: RuleCase,
  chunkSizes: readonly number[],
  tolerance: Parameters<typeof expectSame>[2] = againstReference,
): Promise<void> {
  const wanted = await definition(on);
  const [first, ...inChunks] = formsOf(on, ...chunkSizes);
  for (const engine of engines) {
    const others = inChunks.length > 0 || engine === eager ? inChunks : [first!];
    for (const options of others) expectSame(await runCase(engine, on, options), wanted, tolerance);
  }
}

describe.each(Object.keys(rules))('rule %s over many tokens', (rule) => {
  describe.each(Object.keys(gates))('with gate %s', (gate) => {
    it.each([
      [63, 2, [1, 16, 32, 63]],
      [200, 1, [16, 32, 200]],
      [256, 1, [32]],
    ])('is what its step says at T = %i', async (T, H, chunkSizes) => {
      await expectDefinition(ruleCase({ ...SIZES, B: 1, H, T, rule, gate, documents: true }), chunkSizes);
    });

    it.each(['k', 'v'])(
      'is exact where all 64 of %s are equal and written at full strength',
      async (name) => {
        const random = ruleCase({ ...SIZES, B: 1, T: 64, rule, gate });
        const { shape, values } = random.inputs[name]!;
        const same = filledWith((i) => values[i % shape[3]!]!);
        const beta = filledWith(() => strongestWrite(rule));
        const on = withInputs(random, { [name]: same, 'signals.beta': beta });
        // At the edge of stability nothing damps the rounding of a write, and gradients are small differences of
        // large sums; what is not linear in the state multiplies rounding over 64 tokens.
        const linear = 'chunk' in rules[rule]!;
        const edge = linear ? { rtol: 1e-4, atolOfLargest: 1e-5 } : { rtol: 1e-3, atol: 1e-4 };
        await expectDefinition(on, [16, 64], edge);
      },
    );
  });
});
