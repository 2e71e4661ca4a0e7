import { describe, it } from 'vitest';
import { gates, mixers, rules } from '../../src/index.js';
import { expectAsEager } from './eagerChange.js';

const memory = Object.values(mixers).filter(({ takesRule }) => takesRule);
const cases = memory.flatMap(({ name, inBlock }) =>
  Object.keys(rules).flatMap((rule) =>
    Object.keys(gates).map((gate) => ({ mixer: name, rule, gate, ...(inBlock ? {} : { mlpWidth: 0 }) })),
  ),
);

describe('a play folder of every rule, gate and mixer', () => {
  it.each(cases)('gives under changes what TensorFlow.js gives: $mixer, $rule, $gate', async (options) => {
    // Its steps overshoot with weights far from the start: rounding grows from token to token.
    await expectAsEager(options, options.rule === 'moneta' ? 1e-4 : undefined);
  });
});
