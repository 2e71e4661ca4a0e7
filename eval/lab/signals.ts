import { tf, type Tensor } from '../../src/core/tf.js';
import type { LearningRule } from '../../src/rules/contract.js';

/**
 * Every signal a rule declares, constant over a shape: the value given for it, else what a new layer begins
 * with. Values for signals that the rule does not have are left out.
 */
export function signalsAt(
  rule: LearningRule,
  given: Readonly<Record<string, number>>,
  shape: readonly number[],
): Record<string, Tensor> {
  const entries = Object.entries(rule.signals).map(([name, { initial }]) => {
    return [name, tf.fill([...shape], given[name] ?? initial)] as const;
  });
  return Object.fromEntries(entries);
}
