import { type Tensor } from '../core/tf.js';
import type { RuleDims, RuleState, TokenInput } from './contract.js';
/** An empty memory `[B,H,V,K]`. */
export declare function emptyMemory({ B, H, V, K }: RuleDims): Tensor;
/**
 * The memory after one token's decay, `S~ = S Diag(exp(g))`.
 *
 * Shapes: S `[B,H,V,K]` · logDecay `[B,H]` (per head) or `[B,H,K]` (per key channel).
 */
export declare function decayed(S: Tensor, logDecay: Tensor | undefined): Tensor;
/** `S x`: S `[B,H,V,K]`, x `[B,H,K]` to `[B,H,V]`. */
export declare function recall(S: Tensor, x: Tensor): Tensor;
/** `S^T x`: S `[B,H,V,K]`, x `[B,H,V]` to `[B,H,K]`. */
export declare function recallKey(S: Tensor, x: Tensor): Tensor;
/** `S + a b^T`: a `[B,H,V]`, b `[B,H,K]`. */
export declare function associate(S: Tensor, a: Tensor, b: Tensor): Tensor;
/** A signal `[B,H]` (or `[B,H,T]`) as a factor of vectors: one axis more. */
export declare function asFactor(signal: Tensor): Tensor;
/** The decayed memory S~, and its response `[B,H,V]` to the token's key, with the value as teacher: `y = S~ k + v`. */
export declare function forcedResponse({ S }: RuleState, x: TokenInput): {
    readonly before: Tensor;
    readonly response: Tensor;
};
/**
 * A field of the state beside S.
 *
 * @throws ShapeError when the state has none of that name.
 */
export declare function fieldOf(state: RuleState, name: string): Tensor;
/**
 * A signal the rule declares.
 *
 * @throws ShapeError when the caller did not give it.
 */
export declare function signalOf(x: TokenInput, name: string): Tensor;
