import { type Tensor2D } from '../core/tf.js';
import type { Optimizer } from './contract.js';
/**
 * The nearest (semi-)orthogonal matrix, roughly: the singular vectors of the input with singular values
 * between about 0.7 and 1.2.
 *
 *   X = G / |G|_F;  five times: A = X X^T, X = a X + (b A + c A A) X
 *
 * Shapes: [M,N] to [M,N]; the smaller side is the one squared. State: disposes nothing.
 * Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks", zeropower_via_newtonschulz5.
 */
export declare function orthogonalise(gradient: Tensor2D): Tensor2D;
export declare const muon: Optimizer;
