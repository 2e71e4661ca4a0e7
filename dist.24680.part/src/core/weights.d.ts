import type { Rng } from './rng.js';
import type { Tensor } from './tf.js';
/** The tensors of a layer by the names of its `WeightSpec`s. */
export type Weights = Readonly<Record<string, Tensor>>;
/** A trained weight: what it is called, how it starts, and how an optimizer may treat it. */
export interface WeightSpec {
    readonly name: string;
    readonly shape: readonly number[];
    /** The values at initialisation, row-major. */
    initial(rng: Rng): Float32Array;
    /** Subject to weight decay: matrices; not embeddings, norms, gates, biases, convolutions. */
    readonly decayed: boolean;
    /** A two-dimensional hidden matrix, `[in, out]`. */
    readonly matrix: boolean;
}
/**
 * The weight of a name.
 *
 * @throws ShapeError when the layer has none of it.
 */
export declare function weightOf(weights: Weights, name: string): Tensor;
/** The weights whose names start with `prefix.`, without it. */
export declare function weightsUnder(weights: Weights, prefix: string): Weights;
/** The same specs with `prefix.` before every name. */
export declare function prefixed(prefix: string, specs: readonly WeightSpec[]): WeightSpec[];
/**
 * A matrix `[fanIn, fanOut]` that keeps the variance of its input.
 *
 *   W ~ normal(0, scale / sqrt(fanIn))
 */
export declare function matrixSpec(name: string, fanIn: number, fanOut: number, scale?: number): WeightSpec;
/** A weight of one value everywhere: a gain, a bias, or a projection that starts at nothing. */
export declare function constantSpec(name: string, shape: readonly number[], value: number): WeightSpec;
/**
 * Taps `[E, taps]` of a depthwise convolution, each channel on its own.
 *
 *   w ~ normal(0, 1 / sqrt(taps))
 */
export declare function tapsSpec(name: string, channels: number, taps: number): WeightSpec;
