import { type Tensor } from '../core/tf.js';
import type { LoopBackend, LoopBody, LoopStep } from './loop.js';
interface ChunkOptions {
    readonly axis: number;
    /** Steps per chunk; divides the length. */
    readonly C: number;
}
/**
 * A scan on a backend with loops, with a gradient that keeps the carry at the start of each chunk and computes
 * the rest again.
 */
export declare function recomputingScan(backend: LoopBackend, body: LoopBody, initial: readonly Tensor[], sequences: readonly Tensor[], options: ChunkOptions): LoopStep;
export {};
