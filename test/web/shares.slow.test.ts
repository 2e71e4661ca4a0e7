import { describe, it } from 'vitest';
import { gates, mixers, rules } from '../../src/index.js';
import { expectAsProbe } from './memoryProbe.js';

const memory = Object.values(mixers).filter(({ takesRule }) => takesRule);
const cases = memory.flatMap(({ name, inBlock }) =>
  Object.keys(rules).flatMap((rule) =>
    Object.keys(gates).map((gate) => ({ mixer: name, rule, gate, ...(inBlock ? {} : { mlpWidth: 0 }) })),
  ),
);

describe('what read-outs owe to each token, for every rule', () => {
  it.each(cases)('is what the memory probe finds: $mixer, $rule, $gate', async (options) => {
    // Its steps overshoot with weights far from the start: rounding grows about threefold a token.
    await expectAsProbe(options, options.rule === 'moneta' ? 8 : undefined);
  });
});
