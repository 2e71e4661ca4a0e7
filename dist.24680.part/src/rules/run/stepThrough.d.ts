import { type Tensor } from '../../core/tf.js';
import type { LearningRule, Params, RuleState, SequenceInput, SequenceResult, TokenInput } from '../contract.js';
/**
 * A rule's step form over a sequence: the definition of its chunk form, and the only form of rules that are
 * not linear in the state. The state starts afresh at each document's first token.
 *
 * Shapes as in `runRule`.
 */
export declare function stepThrough(rule: LearningRule, state: RuleState | undefined, xs: SequenceInput, params: Params): SequenceResult;
/** The state of an empty memory for the sizes of a sequence. */
export declare function emptyState(rule: LearningRule, { k, v }: SequenceInput, params: Params): RuleState;
/** The same fields, each changed. */
export declare function withFields(state: RuleState, change: (x: Tensor, name: string) => Tensor): RuleState;
/** What a token does to the state, and what is put out; the flag `[B,1]` is the token's, where there are flags. */
type TokenBody = (before: RuleState, x: TokenInput, flag: Tensor | undefined) => {
    readonly state: RuleState;
    readonly ys: readonly Tensor[];
};
/** A body run for each token of a sequence in turn, with flags `[B,1,T]`: outputs, and the last state. */
export declare function scanTokens(rule: LearningRule, initial: RuleState, { q, k, v, logDecay, signals }: SequenceInput, flags: Tensor | undefined, body: TokenBody): {
    readonly ys: readonly Tensor[];
    readonly state: RuleState;
};
export {};
