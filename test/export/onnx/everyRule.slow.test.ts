import { describe, it } from 'vitest';
import { gates, mixers, rules } from '../../../src/index.js';
import { expectSameTokens } from './greedy.js';

const memory = Object.values(mixers).filter(({ takesRule }) => takesRule);
const cases = memory.flatMap((mixer) =>
  Object.keys(rules).flatMap((rule) =>
    Object.keys(gates).map((gate) => ({
      mixer: mixer.name,
      rule,
      gate,
      ...(mixer.inBlock ? {} : { mlpWidth: 0 }),
    })),
  ),
);

describe('200 tokens drawn greedily from exported graphs', () => {
  it.each(cases)('are what generate draws: $mixer, $rule, $gate', async (options) => {
    await expectSameTokens(options, 200);
  });
});
