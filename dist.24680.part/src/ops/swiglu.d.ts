import { type Tensor } from '../core/tf.js';
/**
 * A value multiplied by the SiLU of its gate.
 *
 *   y = silu(gate) x
 *
 * Shapes: gate and x the same, kept.
 * Source: Shazeer 2020, arXiv:2002.05202.
 */
export declare const swiglu: (<T extends Tensor>(gate: Tensor, x: T) => T) & {
    readonly kernel: string;
};
