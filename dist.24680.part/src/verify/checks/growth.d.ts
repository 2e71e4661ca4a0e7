import { type RuleCheck } from '../ruleCheck.js';
/** The memory stays bounded on inputs as the layer prepares them. */
export declare const bounded: RuleCheck;
