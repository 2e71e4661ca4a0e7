/** Marks, in their URLs, the modules of a rule: its file, and the TypeScript files that it imports. */
export const RULE_MARK = '?pavlov-rule=';
