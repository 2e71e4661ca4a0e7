/**
 * Everything that is wrong with an object as a learning rule, each with the field it is in; none when it keeps
 * the contract's form. What its functions do is for `checkRule`.
 */
export declare function ruleIssues(rule: unknown): readonly string[];
