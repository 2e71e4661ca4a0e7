import { type Params, type ParamSpec } from '../core/params.js';
import { type Tensor } from '../core/tf.js';
import type { RuleState } from './contract.js';
/** The parameter of rules with a sliding threshold. */
export declare const THRESHOLD_PARAMS: Readonly<Record<string, ParamSpec>>;
/** The threshold of a state that has one. */
export declare function thresholdOf(state: RuleState): Tensor;
/**
 * The threshold after one token.
 *
 *   theta_t = rho theta_{t-1} + (1 - rho) m_t
 *
 * Shapes: theta, activity m `[B,H,X]`.
 */
export declare function slideThreshold(theta: Tensor, activity: Tensor, params: Params): Tensor;
/** The threshold at each token of a sequence, and after the last. */
export interface Thresholds {
    /** `theta_{t-1}` `[B,H,T,X]`, 0 at the first token of a document */
    readonly before: Tensor;
    /** `[B,H,X]` */
    readonly final: Tensor;
}
/**
 * `slideThreshold` over a sequence: the threshold is zero again at the first token of each document.
 *
 * Shapes: theta `[B,H,X]`, absent for zero · activity `[B,H,T,X]` · documents `[B,T]`.
 */
export declare function slideThresholds(theta: Tensor | undefined, activity: Tensor, documents: Tensor | undefined, params: Params, chunkSize: number): Thresholds;
