import { constantMatrix } from '../ops/constantMatrix.js';
import { defineOp } from '../ops/defineOp.js';
import { tf } from '../core/tf.js';
import { channelTree, inBlocks, LEAST_CHANNEL_LOG, nonZero, } from './channelTree.js';
import { scaled } from './layout.js';
const treeOf = ({ values, continues }, { kind }) => channelTree({ kind, values, continues });
/**
 * Scores of tokens with those before them, each channel decayed.
 *
 *   s_ij = sum_x a_ix b_jx L_ijx        j <= i, else 0
 *
 * Shapes: a, b `[..,C,X]` -> `[..,C,C]`. Differentiable in a, b and the decay.
 */
export const decayedScores = defineOp({
    name: 'PavlovDecayedScores',
    differentiable: ['a', 'b', 'values'],
    define: ({ a, b, ...decay }, kind) => scoresOf(treeOf(decay, kind), a, b),
    gradient: (dy, { a, b, ...decay }, _y, kind) => {
        const { levels } = treeOf(decay, kind);
        const weights = matricesOf(levels, dy);
        const reads = readers(levels, weights, b);
        const writes = writers(levels, weights, a);
        const values = decayGradient(decay, kind, levels, { by: a, of: reads }, { by: b, of: writes });
        return { a: tf.addN(reads), b: tf.addN(writes), values };
    },
    call: (apply) => (a, b, { kind, ...decay }) => apply({ a, b, ...decay }, { kind }),
});
/**
 * A causal mixture of tokens, each channel decayed.
 *
 *   y_ix = sum_{j <= i} m_ij L_ijx w_jx
 *
 * Shapes: m `[..,C,C]`, of which the part above the diagonal is not read · w `[..,C,X]` -> `[..,C,X]`.
 * Differentiable in m, w and the decay.
 */
export const decayedMix = defineOp({
    name: 'PavlovDecayedMix',
    differentiable: ['m', 'w', 'values'],
    define: ({ m, w, ...decay }, kind) => {
        const { levels } = treeOf(decay, kind);
        return tf.addN(readers(levels, matricesOf(levels, m), w));
    },
    gradient: (dy, { m, w, ...decay }, _y, kind) => {
        const tree = treeOf(decay, kind);
        const { levels } = tree;
        const weights = matricesOf(levels, m);
        const reads = readers(levels, weights, w);
        const writes = writers(levels, weights, dy);
        const values = decayGradient(decay, kind, levels, { by: dy, of: reads }, { by: w, of: writes });
        return { m: scoresOf(tree, dy, w), w: tf.addN(writes), values };
    },
    call: (apply) => (m, w, { kind, ...decay }) => apply({ m, w, ...decay }, { kind }),
});
/** A chunk's begin, end `[..,C,X]` and total `[..,1,X]`, as in `ChannelTree`; differentiable in the decay. */
export const wholeChunk = defineOp({
    name: 'PavlovWholeChunk',
    differentiable: ['values'],
    define: (decay, kind) => {
        const { begin, end, total } = treeOf(decay, kind);
        return [begin, end, total];
    },
    gradient: ([dBegin, dEnd, dTotal], decay, [begin, end, total], kind) => {
        const C = begin.shape.at(-2) ?? 0;
        const later = summedBy(constantMatrix(C, (t, i) => i >= t), tf.mul(dBegin, begin));
        const earlier = summedBy(constantMatrix(C, (t, j) => j < t), tf.mul(dEnd, end));
        const whole = tf.mul(dTotal, total);
        return { values: ofValues(tf.add(tf.add(later, earlier), whole), decay, kind) };
    },
    call: (apply) => ({ kind, ...decay }) => apply(decay, { kind }),
});
/** `S x` in blocks of the size of a constant S `[size,size]`. */
function summedBy(S, x) {
    const [size = 0] = S.shape;
    return tf.reshape(tf.matMul(tf.reshape(S, [1, size, size]), inBlocks(x, size)), x.shape);
}
/** Of every level its part of `[..,C,C]`. */
function matricesOf(levels, m) {
    const C = m.shape.at(-1) ?? 0;
    const bySize = new Map([[C, inBlocks(m, C)]]);
    const blocksOf = (size) => {
        const blocks = bySize.get(size) ?? diagonalHalves(blocksOf(2 * size));
        bySize.set(size, blocks);
        return blocks;
    };
    return levels.map(({ size, seen }) => tf.mul(blocksOf(size), seen));
}
/** What each level's tokens read: `up (.) (m (down (.) w))`. */
function readers(levels, matrices, w) {
    return levels.map(({ size, up, down }, i) => {
        const read = tf.matMul(matrices[i], inBlocks(scaled(w, down), size)); // one per level
        return scaled(tf.reshape(read, w.shape), up);
    });
}
/** The transpose of `readers`: `down (.) (m^T (up (.) y))`. */
function writers(levels, matrices, y) {
    return levels.map(({ size, up, down }, i) => {
        const read = tf.matMul(matrices[i], inBlocks(scaled(y, up), size), true, false); // one per level
        return scaled(tf.reshape(read, y.shape), down);
    });
}
function scoresOf({ levels }, a, b) {
    const parts = levels.map(({ size, seen, up, down }) => {
        const all = tf.matMul(inBlocks(scaled(a, up), size), inBlocks(scaled(b, down), size), false, true);
        return { size, part: tf.mul(all, seen) };
    });
    // Sizes only grow, and double.
    const whole = parts.reduce((all, { size, part }) => ({
        size,
        part: tf.add(size === all.size ? all.part : ontoDiagonal(all.part), part),
    }));
    return tf.reshape(whole.part, [...a.shape.slice(0, -1), -1]);
}
/**
 * The gradient of a decay. A pair's weight changes by as much as it contributes for every log decay between the
 * two: of log decays, c_t has the gradient of what is read at t less what is written at t, and a log decay those of
 * all c from there on. Of factors that difference would be divided by what may be next to nothing, so they sum
 * pairs that the factor is part of, and only those.
 */
function decayGradient(decay, kind, levels, reader, writer) {
    if (kind.kind === 'logs') {
        const difference = tf.sub(tf.mul(reader.by, tf.addN([...reader.of])), tf.mul(writer.by, tf.addN([...writer.of])));
        const C = difference.shape.at(-2) ?? 0;
        return ofValues(summedBy(constantMatrix(C, (t, i) => i >= t), difference), decay, kind);
    }
    const crossing = levels.flatMap(({ spread }, i) => {
        const [read, written] = [reader.of[i], writer.of[i]]; // one per level
        return spread ? [summedBy(spread, tf.add(tf.mul(reader.by, read), tf.mul(writer.by, written)))] : [];
    });
    return crossing.length > 0 ? ofValues(tf.addN(crossing), decay, kind) : tf.zerosLike(decay.values);
}
/** A gradient of logs as one of the values of a decay. */
function ofValues(gradient, { values }, { kind }) {
    if (kind === 'factors')
        return tf.div(gradient, nonZero(values));
    return tf.mul(gradient, tf.cast(tf.greaterEqual(values, LEAST_CHANNEL_LOG), 'float32'));
}
/** The two halves of the diagonal of matrices, `[M,2 s,2 s]` to `[2 M,s,s]`. */
function diagonalHalves(m) {
    const [M = 0, size = 0] = m.shape;
    const s = size / 2;
    const halves = [0, s].map((at) => tf.slice(m, [0, at, at], [M, s, s]));
    return tf.reshape(tf.concat(halves, 1), [2 * M, s, s]);
}
/** The inverse of `diagonalHalves`, with zeros beside the halves. */
function ontoDiagonal(blocks) {
    const [count = 0, s = 0] = blocks.shape;
    const twice = tf.reshape(tf.concat([blocks, blocks], 2), [count / 2, 2 * s, 2 * s]);
    const half = (i) => Math.floor(i / s);
    return tf.mul(twice, constantMatrix(2 * s, (i, j) => half(i) === half(j)));
}
