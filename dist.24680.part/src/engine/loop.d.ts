import { type Tensor } from '../core/tf.js';
/** One step of a loop: what is carried on, and what is put out. */
export interface LoopStep {
    readonly carry: readonly Tensor[];
    readonly ys: readonly Tensor[];
}
/** Computes step t from what was carried and each sequence's slice at t (the time axis dropped). */
export type LoopBody = (carry: readonly Tensor[], xs: readonly Tensor[]) => LoopStep;
export interface LoopOptions {
    /** The axis of time in every sequence and output. */
    readonly axis: number;
    /** From the last step to the first; outputs stay in the order of time. */
    readonly reverse?: boolean;
}
/** A tfjs backend with a loop of its own, so that the body is recorded once. */
export interface LoopBackend {
    loop(body: LoopBody, carry: readonly Tensor[], sequences: readonly Tensor[], options: LoopOptions): LoopStep;
}
/** The current backend if it loops by itself, else one that runs step after step. */
export declare function loopBackend(): LoopBackend;
