import type { Tensor } from '../../core/tf.js';

/**
 * What queries and keys go through, number by number or vector by vector, after the convolution and before they are
 * normalised. Adding one is one file and one line in the registry.
 */
export interface FeatureMap {
  readonly name: string;
  readonly title: string;
  readonly equation: string;
  readonly source: string;
  /** Shapes: `[B,H*K,T]` of queries or `[B,M*K,T]` of keys, kept. Pure, and disposes nothing. */
  readonly map: (x: Tensor) => Tensor;
}
