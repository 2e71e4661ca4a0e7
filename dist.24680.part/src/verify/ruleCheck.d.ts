import type { RuleRunner } from './ruleRunner.js';
/** What a check found wrong. */
export interface CheckFinding {
    /** What the contract asks for. */
    readonly expected: string;
    /** What came instead, with the token, row and channel where there is one. */
    readonly got: string;
    /** In which case: length, form, decay. */
    readonly where: string;
    /** What to look at. */
    readonly hint: string;
}
/** One check of a rule against its contract, without an oracle: only the rule itself is asked. */
export interface RuleCheck {
    readonly name: string;
    /** What holds when it passes. */
    readonly title: string;
    /** Looked up for errors that a rule throws. */
    readonly hint: string;
    /** Why the check does not apply to a rule, if it does not. */
    skip?(runner: RuleRunner): string | undefined;
    /** The first thing that is wrong, or nothing. */
    run(runner: RuleRunner): Promise<CheckFinding | undefined>;
}
/** What became of a check. */
export interface CheckResult {
    readonly check: string;
    readonly title: string;
    readonly status: 'pass' | 'fail' | 'skip';
    /** Of a check that failed. */
    readonly finding?: CheckFinding;
    /** Of a check that was skipped. */
    readonly reason?: string;
}
/** The first finding of several cases, tried in turn. */
export declare function firstFinding<T>(cases: Iterable<T>, find: (item: T) => Promise<CheckFinding | undefined>): Promise<CheckFinding | undefined>;
