import type { Params } from '../../src/core/params.js';
import { rules } from '../../src/rules/registry.js';
import type { RunRuleOptions } from '../../src/rules/run/runRule.js';
import type { RuleCase } from './ruleCase.js';

/** The definition, token by token. */
export const step: RunRuleOptions = { form: 'step' };

const chunk = (chunkSize: number): RunRuleOptions => ({ form: 'chunk', chunkSize });

/** The forms a rule has for a case: step by step, and in chunks of each size where it can. */
export function formsOf({ rule, inputs }: RuleCase, ...chunkSizes: readonly number[]): RunRuleOptions[] {
  const tested = rules[rule]!;
  const perChannel = inputs.logDecay?.shape.length === 4;
  const inChunks = 'chunk' in tested && (!perChannel || tested.channelChunk);
  return [step, ...(inChunks ? chunkSizes.map(chunk) : [])];
}

/** Runs of a rule's knobs: each at each of its words or at both ends of its range, the rest at their defaults. */
export function knobSettings(rule: string): Params[] {
  return Object.entries(rules[rule]!.params).flatMap(([name, spec]) =>
    (spec.choices ?? spec.range!).map((value) => ({ [name]: value })),
  );
}

/** The largest write strength that any setting of a rule's knobs allows. */
export function strongestWrite(rule: string): number {
  const { signals, params } = rules[rule]!;
  const { high } = signals.beta ?? { high: 1 };
  return typeof high === 'number' ? high : params[high]!.range![1];
}
