import { type Params, type ParamSpec } from '../core/params.js';
import { type Tensor } from '../core/tf.js';
import type { GateWeight } from './contract.js';
/** Knobs of the gates whose log decay is a rate times a softplus step. */
export declare const SOFTPLUS_DECAY_PARAMS: Readonly<Record<string, ParamSpec>>;
/**
 * The trained weights of such a gate: `A_log` `[H]` and `dt_bias` of the shape given. At the start exp(A_log) is
 * uniform in (0, maxRate] and softplus(dt_bias) log-uniform between shortestStep and longestStep.
 *
 * @throws ConfigError when the steps are in the wrong order.
 */
export declare function softplusDecayWeights(H: number, biasShape: readonly number[], params: Params, where: string): GateWeight[];
/**
 * `-exp(A_log) softplus(a + dt_bias)`, both weights in shapes that broadcast with the projection a.
 */
export declare function softplusDecay(projected: Tensor, rate: Tensor, bias: Tensor): Tensor;
/**
 * A gate's weight in another shape.
 *
 * @throws ShapeError when the gate was not given it.
 */
export declare function gateWeight(weights: Readonly<Record<string, Tensor>>, name: string, shape: number[], where: string): Tensor;
