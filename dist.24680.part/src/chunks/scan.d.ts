import { type Tensor } from '../core/tf.js';
/**
 * What each step does to a memory before it adds to it.
 *
 * Shapes: transitions P `[..,N,K,K]` · factors f `[..,N,V,K]`, of which all but N may be 1; beside transitions K is 1,
 * so that the two commute.
 */
export interface Moves {
    readonly transitions?: Tensor | undefined;
    readonly factors?: Tensor | undefined;
}
/** States before each step, and after the last. */
export interface ScanStates {
    /** `[B,H,N,V,K]`; absent where every state before a step is empty. */
    readonly starts?: Tensor;
    /** `[B,H,V,K]` */
    readonly final: Tensor;
}
/**
 * The states of a memory that is transformed and added to.
 *
 *   S_{n+1} = f_n (.) (S_n P_n) + W_n
 *
 * Above 16 steps, groups of about sqrt(N) are composed side by side, the groups' starts found by a scan over
 * groups, and the groups run from their starts: about 4 sqrt(N) dependent products.
 *
 * Shapes: moves and writes W `[B,H,N,V,K]` · start `[B,H,V,K]`, absent for an empty memory.
 */
export declare function affineScan(moves: Moves, writes: Tensor, start: Tensor | undefined): ScanStates;
/** Gradients `[B,H,N,V,K]` of the state after each step, and `[B,H,V,K]` of the state before the first. */
export interface AdjointStates {
    readonly after: Tensor;
    readonly start: Tensor;
}
/**
 * The adjoint of `affineScan` with transitions alone, from the last step to the first.
 *
 *   G_{n-1} = G_n P_n^T + Y_n
 *
 * Shapes: transitions P `[B,H,N,K,K]` · gradients Y of the states before each step `[B,H,N,V,K]` · end
 * `[B,H,V,K]`, the gradient of the last state.
 */
export declare function adjointScan(transitions: Tensor, gradients: Tensor, end: Tensor): AdjointStates;
