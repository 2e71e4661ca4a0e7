import { type RuleCheck } from '../ruleCheck.js';
/** Nothing is left in memory but what is given back. */
export declare const leaks: RuleCheck;
/** The same inputs give the same bits. */
export declare const determinism: RuleCheck;
