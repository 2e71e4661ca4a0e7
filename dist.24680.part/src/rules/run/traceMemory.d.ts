import { type Tensor } from '../../core/tf.js';
import type { LearningRule, Params, RuleState, SequenceInput } from '../contract.js';
/** A memory followed through a sequence. */
export interface MemoryTrace {
    /** |S| after each token, `[B,H,T]`. */
    readonly norm: Tensor;
    /** The measure of the rule's bound at each token, `[B,H,T]`; absent for a rule without one. */
    readonly stability?: Tensor;
    /** The state at the end of each row's first document. */
    readonly state: RuleState;
}
/**
 * Follows a memory, empty at first, through the first document of each row, token by token as the rule defines it;
 * later tokens leave the state as it is. Queries are not looked at.
 *
 * Shapes: k `[B,H,T,K]`, v `[B,H,T,V]`, all else as in `runRule`; without documents a row is one.
 * State: pure; disposes nothing.
 */
export declare function traceMemory(rule: LearningRule, xs: SequenceInput, params: Params): MemoryTrace;
