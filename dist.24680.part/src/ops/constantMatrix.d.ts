import { type Tensor } from '../core/tf.js';
/** A constant matrix `[size,size]` by its elements: numbers, or whether they are 1 and not 0. */
export declare function constantMatrix(size: number, element: (i: number, j: number) => number | boolean): Tensor;
