import type { Engine } from '../engine/engine.js';
import type { LearningRule } from '../rules/contract.js';
import type { CheckResult } from './ruleCheck.js';
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
/**
 * Holds a learning rule against its contract, with no other implementation to compare with: shapes, causality,
 * chunk form against steps, carried state, documents, gradients against finite differences, and so on.
 *
 * Each check is on its own: one that fails does not end the others, but a rule whose fields are wrong is not run.
 * State: leaves no tensor behind, unless the rule does.
 * @throws ConfigError when the engine cannot be made or a check does not exist; never for what is wrong with the rule.
 */
export declare function checkRule(rule: LearningRule, { engine, lengths, checks, onResult }?: CheckRuleOptions): Promise<readonly CheckResult[]>;
