import { ShapeError } from '../core/errors.js';
import { tf } from '../core/tf.js';
import { constantMatrix } from './constantMatrix.js';
import { defineOp } from './defineOp.js';
/** Up to this size masked products are cheaper than cutting blocks out. */
const LEAF = 16;
/**
 * The inverse of a unit lower triangular matrix.
 *
 *   Y = (I + tril(A, -1))^{-1}
 *
 * Only the part of A strictly below the diagonal is read. Blocks of s are merged to blocks of 2s,
 * [[a,0],[c,d]]^{-1} = [[a',0],[-d' c a', d']], which in float32 stays within 1e-6 of the true inverse where
 * summing powers of A loses every digit (equal keys).
 *
 * Shapes: A, Y `[..,C,C]`.
 * State: pure; differentiable; disposes nothing.
 * Source: the gradient of an inverse, Y = X^{-1}: dX = -Y^T dY Y^T.
 */
export const unitLowerInverse = defineOp({
    name: 'UnitLowerInverse',
    differentiable: ['a'],
    define: ({ a }) => invert(a),
    gradient: (dY, _inputs, Y) => {
        const product = tf.matMul(tf.matMul(Y, dY, true, false), Y, false, true);
        const below = constantMatrix(Y.shape.at(-1) ?? 0, (i, j) => (i > j ? -1 : 0));
        return { a: tf.mul(product, below) };
    },
    call: (apply) => (a) => {
        const { rank, shape } = a;
        if (rank >= 2 && shape.at(-1) === shape.at(-2))
            return apply({ a });
        throw new ShapeError(`unitLowerInverse: expected square matrices [..,C,C], got [${shape.join(',')}]`);
    },
});
function invert(a) {
    const C = a.shape.at(-1) ?? 0;
    let depth = 0;
    while (C > LEAF * 2 ** depth)
        depth++;
    const size = Math.ceil(C / 2 ** depth) * 2 ** depth;
    const matrices = tf.reshape(a, [-1, C, C]);
    const fill = [0, size - C];
    const filled = size === C ? matrices : tf.pad(matrices, [[0, 0], fill, fill]);
    const inverse = blockInverse(filled, depth);
    const kept = size === C ? inverse : tf.slice(inverse, [0, 0, 0], [-1, C, C]);
    return tf.reshape(kept, a.shape);
}
/** Halves the matrices `depth` times; both diagonal blocks are inverted in one batch. */
function blockInverse(a, depth) {
    if (depth === 0)
        return leafInverse(a);
    const [M = 0, C = 0] = a.shape;
    const s = C / 2;
    const diagonal = [0, s].map((at) => tf.slice(a, [0, at, at], [M, s, s]));
    const inverses = blockInverse(tf.concat(diagonal, 0), depth - 1);
    const upper = tf.slice(inverses, [0, 0, 0], [M, s, s]);
    const lower = tf.slice(inverses, [M, 0, 0], [M, s, s]);
    const corner = tf.matMul(lower, tf.matMul(tf.slice(a, [0, s, 0], [M, s, s]), upper));
    const top = tf.concat([upper, tf.zeros([M, s, s])], 2);
    return tf.concat([top, tf.concat([tf.neg(corner), lower], 2)], 1);
}
/** All blocks of one size merged at once: X_2s = X_s - X_s (A between halves of 2s-blocks) X_s. */
function leafInverse(a) {
    const C = a.shape.at(-1) ?? 0;
    let inverse = tf.sub(tf.eye(C), tf.mul(a, betweenHalves(C, 1)));
    for (let s = 2; s < C; s *= 2) {
        const merge = tf.matMul(tf.mul(a, betweenHalves(C, s)), inverse);
        inverse = tf.sub(inverse, tf.matMul(inverse, merge));
    }
    return inverse;
}
/** Ones where the row is in the second half and the column in the first half of one block of 2s. */
function betweenHalves(C, s) {
    const half = (i) => Math.floor(i / s);
    return constantMatrix(C, (i, j) => half(i) === half(j) + 1 && half(i) % 2 === 1);
}
