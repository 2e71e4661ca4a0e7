import { tf } from '../core/tf.js';
import { constantMatrix } from '../ops/constantMatrix.js';
/**
 * Log decays below this are raised to it: the factor, 2e-9, is less than float32 resolves beside 1, and the
 * quotient of two running products inside a leaf, e^60 at most, cannot overflow.
 */
export const LEAST_CHANNEL_LOG = -20;
/** Factors are kept this far from zero, so that a gradient can be divided by one. */
const LEAST_FACTOR = 1e-18;
/** Tokens of a leaf, inside which decays are quotients of running products. */
const LEAF = 4;
/** The least matrix that is worth a product. */
const LEAST_SIZE = 8;
/** Factors without their zeros. */
export function nonZero(factors) {
    const tiny = tf.less(tf.abs(factors), LEAST_FACTOR);
    return tf.where(tiny, tf.fill(factors.shape, LEAST_FACTOR), factors);
}
/**
 * The pairs of a chunk by level. Blocks of b tokens meet in pairs, for b = 1, 2, 4 .. C/2, as products of factors
 * and never as quotients of running products, so that none overflows and a factor may be zero or negative:
 *
 *   L_ij = a_{j+1} .. a_i = begin_i end_j        begin: from the right block's first token to i, i included
 *                                                end: from after j to the left block's last token
 *
 * Of log decays, pairs inside leaves of 4 are one level instead, L_ij = exp(c_i - c) exp(c - c_j) with c_i the
 * running sum and c that of the leaf's first token, so that not even rounding passes to an earlier token. A restart
 * is a factor of zero.
 */
export function channelTree(decay) {
    return decay.kind === 'logs' ? treeOfLogs(decay) : treeOfFactors(decay);
}
/** Chunks `[..,C,X]` as blocks of `size` tokens `[.,size,X]`. */
export function inBlocks(x, size) {
    const X = x.shape.at(-1) ?? 0;
    return tf.reshape(x, [x.size / (size * X), size, X]);
}
function treeOfFactors({ values, continues }) {
    const C = values.shape.at(-2) ?? 0;
    const size = Math.min(LEAST_SIZE, C);
    const factors = continues ? tf.mul(nonZero(values), continues) : nonZero(values);
    const own = { size, seen: constantMatrix(size, (i, j) => i === j) };
    const total = inBlocks(factors, 1);
    return grown({ b: 1, levels: [own], begin: factors, end: tf.ones(values.shape), total }, C);
}
function treeOfLogs({ values, continues }) {
    const [C = 0, X = 0] = values.shape.slice(-2);
    const b = Math.min(LEAF, C);
    const count = values.size / (b * X);
    const causal = constantMatrix(b, (i, j) => i >= j);
    const bounded = tf.maximum(values, LEAST_CHANNEL_LOG);
    const sums = tf.matMul(tf.reshape(causal, [1, b, b]), inBlocks(bounded, b));
    const at = (token) => tf.slice(sums, [0, token, 0], [count, 1, X]);
    const flat = (x) => tf.reshape(x, values.shape);
    const up = flat(tf.exp(tf.sub(sums, at(0))));
    const down = flat(tf.exp(tf.sub(at(0), sums)));
    const ends = continues && restartsOf(continues, b);
    const from = tf.exp(sums);
    const until = tf.exp(tf.sub(at(b - 1), sums));
    const begin = ends ? tf.mul(from, ends.begin) : from;
    const end = ends ? tf.mul(until, ends.end) : until;
    const total = tf.slice(begin, [0, b - 1, 0], [count, 1, X]);
    const size = Math.min(LEAST_SIZE, C);
    const leaves = { size, seen: seenInLeaves(size, continues), up, down };
    return grown({ b, levels: [leaves], begin: flat(begin), end: flat(end), total }, C);
}
/** Which pairs of a block of `size` are of one leaf, no restart between them. */
function seenInLeaves(size, continues) {
    const leaf = (i) => Math.floor(i / LEAF);
    const causal = constantMatrix(size, (i, j) => i >= j && leaf(i) === leaf(j));
    return continues ? tf.mul(equal(...pairwise(segmentsIn(continues, size))), causal) : causal;
}
/** The number of restarts from a block's first token to each of its tokens, that included: `[.,size]`. */
const segmentsIn = (continues, size) => tf.cumsum(tf.sub(1, tf.reshape(continues, [continues.size / size, size])), 1);
const equal = (x, y) => tf.cast(tf.equal(x, y), 'float32');
const pairwise = (x) => [tf.expandDims(x, 2), tf.expandDims(x, 1)];
/** Restarts in leaves of b: which tokens `[.,b,1]` none parts from the leaf's begin, and from its end. */
function restartsOf(continues, b) {
    const segment = segmentsIn(continues, b);
    const last = tf.slice(segment, [0, b - 1], [continues.size / b, 1]);
    return {
        begin: tf.expandDims(equal(segment, tf.zerosLike(segment)), 2),
        end: tf.expandDims(equal(segment, last), 2),
    };
}
function grown(growth, C) {
    if (growth.b < C)
        return grown(merged(growth, C), C);
    const { begin, total } = growth;
    return { ...growth, total: tf.reshape(total, [...begin.shape.slice(0, -2), 1, -1]) };
}
/** Neighbouring blocks made one: a level of the pairs between them, and each half also takes the other's total. */
function merged({ b, levels, begin, end, total }, C) {
    const X = begin.shape.at(-1) ?? 0;
    const pairs = begin.size / (2 * b * X);
    const split = (x, size) => tf.reshape(x, [pairs, 2, size, X]);
    const half = (x, side, size) => tf.slice(split(x, size), [0, side, 0, 0], [pairs, 1, size, X]);
    const [left, right] = [half(total, 0, 1), half(total, 1, 1)];
    const one = tf.ones([pairs, 1, 1, X]);
    const times = (x, factors) => tf.reshape(tf.mul(split(x, b), factors), begin.shape);
    const between = tf.reshape(tf.concat([half(end, 0, b), half(begin, 1, b)], 1), begin.shape);
    return {
        b: 2 * b,
        levels: [...levels, levelBetween(between, b, Math.min(C, Math.max(LEAST_SIZE, 2 * b)))],
        begin: times(begin, tf.concat([one, left], 1)),
        end: times(end, tf.concat([right, one], 1)),
        total: tf.reshape(tf.mul(left, right), [pairs, 1, X]),
    };
}
/** The pairs of neighbouring blocks of b, in matrices of `size`; `factors` of a left block are ends, else begins. */
function levelBetween(factors, b, size) {
    const block = (i) => Math.floor(i / b);
    const left = (i) => block(i) % 2 === 0;
    return {
        size,
        seen: constantMatrix(size, (i, j) => !left(i) && block(j) === block(i) - 1),
        up: factors,
        down: factors,
        spread: constantMatrix(size, (t, i) => block(t) === block(i) && (left(i) ? i < t : i >= t)),
    };
}
