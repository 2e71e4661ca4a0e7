import { lookUp, PavlovError, RuleError } from '../core/errors.js';
import { createEngine } from '../engine/createEngine.js';
import type { Engine } from '../engine/engine.js';
import type { LearningRule } from '../rules/contract.js';
import { ruleIssues } from '../rules/ruleIssues.js';
import { ruleChecks } from './registry.js';
import type { CheckFinding, CheckResult, RuleCheck } from './ruleCheck.js';
import { RuleRunner } from './ruleRunner.js';

export interface CheckRuleOptions {
  /** What the rule is run on. Default: an eager engine of its own. */
  readonly engine?: Engine;
  /** Numbers of tokens that are tried. Default: 1, 7, 63 and 200. */
  readonly lengths?: readonly number[];
  /** Names of the checks to run. Default: all. */
  readonly checks?: readonly string[];
  /** Hears each result as it comes. */
  readonly onResult?: (result: CheckResult) => void;
}

const LENGTHS: readonly number[] = [1, 7, 63, 200];

const FORM = { check: 'form', title: 'every field of the contract is there and makes sense' };

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
  { engine, lengths = LENGTHS, checks, onResult = () => undefined }: CheckRuleOptions = {},
): Promise<readonly CheckResult[]> {
  const chosen = chosenChecks(checks);
  const results: CheckResult[] = [];
  const add = (result: CheckResult): void => {
    results.push(result);
    onResult(result);
  };
  const faults = ruleIssues(rule);
  add(formResult(faults));
  if (faults.length > 0) {
    for (const { name, title } of chosen) {
      add({ check: name, title, status: 'skip', reason: 'the form of the rule is wrong' });
    }
    return results;
  }
  const used = engine ?? (await createEngine({ engine: 'eager' }));
  const runner = new RuleRunner(rule, used, lengths);
  try {
    for (const check of chosen) add(await resultOf(check, runner));
  } finally {
    await runner.dispose();
    if (!engine) await used.dispose();
  }
  return results;
}

function chosenChecks(names: readonly string[] | undefined): readonly RuleCheck[] {
  if (!names) return ruleChecks;
  const table = Object.fromEntries(ruleChecks.map((check) => [check.name, check]));
  return names.map((name) => lookUp('checkRule: checks', table, name));
}

function formResult(faults: readonly string[]): CheckResult {
  if (faults.length === 0) return { ...FORM, status: 'pass' };
  const finding = {
    expected: 'the fields of LearningRule',
    got: faults.join('; '),
    where: 'the object itself',
    hint: "write it as 'const rule: LearningRule = { ... }', and the compiler says the same",
  };
  return { ...FORM, status: 'fail', finding };
}

async function resultOf(check: RuleCheck, runner: RuleRunner): Promise<CheckResult> {
  const { name, title } = check;
  const reason = check.skip?.(runner);
  if (reason !== undefined) return { check: name, title, status: 'skip', reason };
  const finding = await check.run(runner).catch((error: unknown) => thrown(check, error));
  return finding ? { check: name, title, status: 'fail', finding } : { check: name, title, status: 'pass' };
}

/** An error is a finding: a rule that throws is a rule that fails. */
function thrown(check: RuleCheck, given: unknown): CheckFinding {
  const error = given instanceof RuleError ? given.cause : given;
  const got = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const traced = error instanceof PavlovError && error.code === 'TRACE';
  const where = error instanceof Error ? (frameOf(error) ?? 'while it ran') : 'while it ran';
  const hint = traced
    ? 'the graph engine records the rule once: no value is read, and every op needs a gradient and a mapping'
    : check.hint;
  return { expected: 'to run without an error', got, where, hint };
}

/** The innermost place of the stack that is neither in a package nor in what runs the rule. */
function frameOf({ stack = '' }: Error): string | undefined {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const outside = /node_modules|node:|[\\/]src[\\/](core|engine|rules)[\\/]/;
  return frames.find((line) => !outside.test(line))?.trim();
}
