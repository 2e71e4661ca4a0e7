import { type Tensor } from '../core/tf.js';
import { type LoopBody, type LoopStep } from './loop.js';
/**
 * A loop over time.
 *
 *   (c_{t+1}, y_t) = body(c_t, x_t)        t = 0 .. T-1
 *
 * The gradient recomputes the states inside chunks of about sqrt(T) steps, so that memory grows with the number
 * of chunks. Only the carry and the sequences take a gradient; the body is called again then, so it makes what else
 * it needs itself. On the graph engine the body is recorded once, on the eager one run step after step.
 *
 * Shapes: every x has T at `axis`; every y of the body gains T at `axis`; the carry keeps its shapes.
 * State: differentiable in the carry and the sequences; disposes nothing.
 *
 * @returns the last carry, and the ys with their time axis.
 * @throws ShapeError when there is no sequence, or they differ in length.
 */
export declare function scan(body: LoopBody, initial: readonly Tensor[], sequences: readonly Tensor[], axis: number): LoopStep;
