import { type RuleCase } from '../ruleCase.js';
import { type RuleCheck } from '../ruleCheck.js';
import { type Form } from '../ruleRunner.js';
/** A case and a form in words. */
export declare function place(on: RuleCase, form: Form): string;
/** Every length, K not V: right shapes, finite numbers, and what the definition gives. */
export declare const lengths: RuleCheck;
/** A later token changes nothing before it. */
export declare const causality: RuleCheck;
/** A chunk form is the steps, faster. */
export declare const chunks: RuleCheck;
