import { type RuleCheck } from '../ruleCheck.js';
/** The gradients are those of what is computed. */
export declare const gradients: RuleCheck;
