import type { LearningRule, Params, RuleState, SequenceInput, SequenceResult } from '../contract.js';
/** How a rule is run over a sequence. */
export interface SequenceOptions {
    /** `chunk` (default): in chunks where the rule and the decay allow it. `step`: token by token. */
    readonly form?: 'step' | 'chunk';
    /** Tokens per chunk. Default 32. */
    readonly chunkSize?: number;
}
export interface RunRuleOptions extends SequenceOptions {
    /** The state to start from. Default: an empty memory. */
    readonly state?: RuleState;
    /** Parameters of the rule; the rest are its defaults. */
    readonly params?: Params;
}
/**
 * A learning rule over a whole sequence, as it is: no normalisation, no scale.
 *
 *   S_t = rule(S_{t-1}, x_t)        o_t = S_t q_t
 *
 * Shapes: q, k `[B,H,T,K]` (q may have G H heads, G in a row reading one memory; then the outputs too) · v `[B,H,T,V]` · signals `[B,H,T]` · logDecay `[B,H,T]` or `[B,H,T,K]`, at most 0
 * (its B may be 1) · documents `[B,T]` int32 · outputs `[B,H,T,V]` · state S `[B,H,V,K]`.
 * State: pure and differentiable in every tensor but the documents; disposes nothing.
 *
 * @throws ShapeError when shapes do not fit together or a signal is missing.
 * @throws ConfigError when a parameter or the chunk size is wrong, or a signal is one the rule does not have.
 */
export declare function runRule(rule: LearningRule, xs: SequenceInput, options?: RunRuleOptions): SequenceResult;
/**
 * `runRule` for inputs that are known to be right, with resolved params: what a layer calls. No state is an
 * empty memory.
 *
 * @throws ConfigError when the chunk size is not a whole number above 0.
 */
export declare function runSequence(rule: LearningRule, state: RuleState | undefined, xs: SequenceInput, params: Params, { form, chunkSize }?: SequenceOptions): SequenceResult;
