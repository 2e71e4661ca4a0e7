import { type Tensor } from '../../core/tf.js';
import type { LearningRule, Params, RuleState, SequenceInput, StepResult, TokenInput } from '../contract.js';
/**
 * A rule's step with G queries per memory: one write, G reads `o = S q`.
 *
 * Shapes: q `[B,G M,K]`, all else of M heads -> output `[B,G M,V]`.
 */
export declare function stepGroups(rule: LearningRule, state: RuleState, x: TokenInput, params: Params): StepResult;
/** The same sequence with G memories in place of one, one per query: what sharing must equal. */
export declare function repeatedInputs(xs: SequenceInput): SequenceInput;
/** `[B,M,..]` to `[B,G M,..]`, each head G times in a row. */
export declare function repeatedHeads(x: Tensor, G: number): Tensor;
/** One of each G heads in a row: `[B,G M,..]` to `[B,M,..]`. */
export declare function oneOfHeads(x: Tensor, G: number): Tensor;
