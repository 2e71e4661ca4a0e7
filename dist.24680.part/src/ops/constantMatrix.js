import { tf } from '../core/tf.js';
/** A constant matrix `[size,size]` by its elements: numbers, or whether they are 1 and not 0. */
export function constantMatrix(size, element) {
    const values = Float32Array.from({ length: size * size }, (_, n) => Number(element(Math.floor(n / size), n % size)));
    return tf.tensor2d(values, [size, size]);
}
