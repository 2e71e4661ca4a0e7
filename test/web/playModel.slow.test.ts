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
  it.each(cases)('gives under changes what TensorFlow.js gives: $mixer, $rule, $gate', expectAsEager);
});
