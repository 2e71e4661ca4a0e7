import { type RuleCheck } from '../ruleCheck.js';
/** Decays of 0 and 1. */
export declare const extremeDecay: RuleCheck;
/** Zero keys, values and queries, and signals at their bounds. */
export declare const bounds: RuleCheck;
/** Each knob at each of its words or at both ends of its range. */
export declare const knobs: RuleCheck;
