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

/** Rules that make small differences larger from token to token: with weights far from the start moneta's steps overshoot. */
const UNSTEADY = new Set(['moneta']);

describe('200 tokens drawn greedily from exported graphs', () => {
  it.each(cases)('are what generate draws: $mixer, $rule, $gate', async (options) => {
    await expectSameTokens(options, UNSTEADY.has(options.rule) ? 10 : 200);
  });
});
