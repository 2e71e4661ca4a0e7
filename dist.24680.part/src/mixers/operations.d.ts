import { type Tensor } from '../core/tf.js';
/** Operations of a function of tensors, one per result of each kernel, and 2 n for sums of n products. */
export declare function countOperations(run: () => Tensor[]): Promise<number>;
