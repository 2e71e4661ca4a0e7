import { checkFields, runChecks, type CheckOptions, type CheckResult } from '../core/check.js';
import { list, made, optionsCheck } from '../core/options.js';
import { createEngine } from '../engine/createEngine.js';
import type { Engine } from '../engine/engine.js';
import type { LearningRule } from '../rules/contract.js';
import { ruleRegistry } from '../rules/registry.js';
import { ruleChecks } from './registry.js';
import { RuleRunner } from './ruleRunner.js';

/** What checks of parts that run on an engine take. */
export interface EngineCheckOptions extends CheckOptions {
  /** What the part is run on. Default: an eager engine of its own. */
  readonly engine?: Engine;
}

export interface CheckRuleOptions extends EngineCheckOptions {
  /** Numbers of tokens that are tried. Default: 1, 7, 63 and 200. */
  readonly lengths?: readonly number[];
}

const engineCheckFields = { ...checkFields, engine: made<Engine>('an engine').optional() };

/** The check of the options of those that take no others. */
export const checkEngineOptions = optionsCheck<EngineCheckOptions>(engineCheckFields);

const checkOptions = optionsCheck<CheckRuleOptions>({
  ...engineCheckFields,
  lengths: list<readonly number[]>().optional(),
});

const LENGTHS: readonly number[] = [1, 7, 63, 200];

/** The engine given, or an eager one, which is disposed of with what was made on it. */
export async function engineFor(
  given: Engine | undefined,
): Promise<{ readonly engine: Engine; readonly end: () => Promise<void> }> {
  if (given) return { engine: given, end: async () => undefined };
  const engine = await createEngine({ engine: 'eager' });
  return { engine, end: async () => engine.dispose() };
}

/**
 * Holds a learning rule against its contract, with no other implementation to compare with: shapes, causality,
 * chunk form against steps, carried state, documents, gradients against finite differences, and so on.
 *
 * Each check is on its own: one that fails does not end the others, but a rule whose fields are wrong is not run.
 * State: leaves no tensor behind, unless the rule does.
 * @throws ConfigError when the engine cannot be made or a check does not exist; never for what is wrong with the rule.
 */
export async function checkRule(
  rule: LearningRule,
  given: CheckRuleOptions = {},
): Promise<readonly CheckResult[]> {
  const { engine, lengths = LENGTHS, ...options } = checkOptions('checkRule', given);
  return runChecks<RuleRunner>({
    ...options,
    where: 'checkRule',
    contract: 'LearningRule',
    issues: ruleRegistry.issues(rule),
    all: ruleChecks,
    open: async () => {
      const on = await engineFor(engine);
      return new RuleRunner(rule, on.engine, lengths, on.end);
    },
  });
}
