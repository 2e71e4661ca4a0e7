import type { RuleCheck } from './ruleCheck.js';
/** Every check of a rule, in the order in which they are run. */
export declare const ruleChecks: readonly RuleCheck[];
