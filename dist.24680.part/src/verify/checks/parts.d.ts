import { type RuleCheck } from '../ruleCheck.js';
/** Two halves with the state carried over are one run. */
export declare const carriedState: RuleCheck;
/** Documents in one row never see each other. */
export declare const documents: RuleCheck;
/** A memory is one row's and one head's own. */
export declare const independence: RuleCheck;
