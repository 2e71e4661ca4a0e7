import { ShapeError } from '../core/errors.js';
import { tf } from '../core/tf.js';
import { unstack } from '../core/unstack.js';
/** Chunks of `chunkSize` tokens, or one of all where the sequence is shorter. */
export function chunksOf(T, chunkSize) {
    const C = Math.min(chunkSize, T);
    return { T, C, N: Math.ceil(T / C) };
}
/** The same with C a power of two, the least that holds them. */
export function powerOfTwoChunks(T, chunkSize) {
    const C = 2 ** Math.ceil(Math.log2(Math.min(chunkSize, T)));
    return { T, C, N: Math.ceil(T / C) };
}
/** `[B,H,T,X]` in chunks `[B,H,N,C,X]`, padded with `padding`. */
export function split(x, { T, C, N }, padding = 0) {
    const [B = 0, H = 0, , X = 0] = x.shape;
    return tf.reshape(padded(x, 2, N * C - T, padding), [B, H, N, C, X]);
}
/** `[B,H,N,C,X]` back to `[B,H,T,X]`, without the padding. */
export function join(x, { T, C, N }) {
    const [B = 0, H = 0, , , X = 0] = x.shape;
    const joined = tf.reshape(x, [B, H, N * C, X]);
    return N * C === T ? joined : tf.slice(joined, [0, 0, 0, 0], [B, H, T, X]);
}
/** A tensor with `count` more elements along an axis, all of them `padding`. */
export function padded(x, axis, count, padding = 0) {
    if (count === 0)
        return x;
    const amounts = x.shape.map((_, i) => [0, i === axis ? count : 0]);
    return tf.pad(x, amounts, padding);
}
/** `x` times a factor that is absent where it would be 1. */
export function scaled(x, factor) {
    return factor ? tf.mul(x, factor) : x;
}
/** Rows `[B,H,N,1,X]` as columns `[B,H,N,X,1]`. */
export function asColumn(row) {
    return tf.reshape(row, [...row.shape.slice(0, 3), -1, 1]);
}
/**
 * How many queries read each memory, G: heads of q over heads of k. Query head g + G m reads memory m.
 *
 * @throws ShapeError when the heads of q are no multiple of those of k.
 */
export function queriesPerMemory({ q, k }) {
    const [heads = 0, memories = 0] = [q.shape[1], k.shape[1]];
    if (heads % memories === 0)
        return heads / memories;
    throw new ShapeError(`rule: expected as many heads of q as of k, or a multiple, got q [${q.shape.join(',')}] and k [${k.shape.join(',')}]`);
}
/** Queries `[B,G M,..]` as G of one per memory, `[B,M,..]` each. */
export function queryGroups(xs) {
    const G = queriesPerMemory(xs);
    if (G === 1)
        return [xs.q];
    const [B = 0, , ...rest] = xs.q.shape;
    return unstack(tf.reshape(xs.q, [B, xs.k.shape[1] ?? 0, G, ...rest]), 2);
}
/** What each of G groups read, `[B,M,..]` each, as one `[B,G M,..]`. */
export function joinGroups(outputs) {
    const [first] = outputs;
    if (!first || outputs.length === 1)
        return first ?? tf.tensor([]);
    const [B = 0, M = 0, ...rest] = first.shape;
    return tf.reshape(tf.stack([...outputs], 2), [B, M * outputs.length, ...rest]);
}
