import { tf } from '../core/tf.js';
import { matrixSpec, weightOf } from '../core/weights.js';
import { linear } from '../ops/linear.js';
import { segmentsOf } from '../ops/segments.js';
import { gated, headSizes, initCarry, INPUTS, mergeHeads, nextVectors, outputGateSpecs, sharingIssues, splitGroups, splitHeads, vectorOptions, vectorSpecs, vectorsOf, } from './vectors.js';
/** Added to the scores of what may not be seen: its exponential is exactly 0 in float32. */
const HIDDEN = -1e9;
/**
 * softmax(q kᵀ / sqrt(K) + bias) v. Shapes: q [B,H,T,K], k [B,M,S,K], v [B,M,S,V], bias broadcast. Heads that share
 * keys and values stand in a row, so that their queries are more rows of one product.
 */
function attend(q, k, v, bias) {
    const [B = 0, H = 0, T = 0, K = 0] = q.shape;
    const [, M = 0] = k.shape;
    const shared = (x) => (M === H ? x : tf.reshape(x, [B, M, (H / M) * T, x.shape[3] ?? 0]));
    const apart = (x) => (M === H ? x : tf.reshape(x, [B, H, T, x.shape[3] ?? 0]));
    const scores = apart(tf.matMul(shared(tf.mul(q, 1 / Math.sqrt(K))), k, false, true)); // [B,H,T,S]
    return apart(tf.matMul(shared(tf.softmax(tf.add(scores, bias))), v));
}
/** `[T, before + T]`: 0 where token t may see position s (of which `before` precede the first token), else hidden. */
function causalBias(T, before) {
    const tokens = tf.range(before, before + T);
    const positions = tf.range(0, before + T);
    const later = tf.greater(tf.expandDims(positions, 0), tf.expandDims(tokens, 1));
    return tf.mul(tf.cast(later, 'float32'), HIDDEN);
}
/** `[B,1,T,T]`: hidden where two tokens are of different documents. */
function documentBias(documents) {
    const segments = segmentsOf(documents);
    const differ = tf.notEqual(tf.expandDims(segments, 2), tf.expandDims(segments, 1));
    return tf.expandDims(tf.mul(tf.cast(differ, 'float32'), HIDDEN), 1);
}
/** The last `length` positions of axis 2 of `[B,H,S,n]`. */
function lastPositions(x, length) {
    const [B = 0, H = 0, S = 0, n = 0] = x.shape;
    return tf.slice(x, [0, 0, S - length, 0], [B, H, length, n]);
}
/** Of the cache: keys `[B,M,L,K]`, values `[B,M,L,V]`, and 1 for the positions that hold a token `[B,L]`. */
function initCache({ M, K, V }, batchSize, length) {
    return {
        keys: tf.zeros([batchSize, M, length, K]),
        values: tf.zeros([batchSize, M, length, V]),
        filled: tf.zeros([batchSize, length]),
    };
}
/** Read-outs of the next tokens: each sees the cache and those given with it. */
function attendNext({ q, k, v }, cache) {
    const [B = 0, , T = 0] = q.shape;
    const before = weightOf(cache, 'filled');
    const L = before.shape[1] ?? 0;
    const keys = tf.concat([weightOf(cache, 'keys'), k], 2);
    const values = tf.concat([weightOf(cache, 'values'), v], 2);
    const filled = tf.concat([before, tf.ones([B, T])], 1);
    const empty = tf.reshape(tf.mul(tf.sub(1, filled), HIDDEN), [B, 1, 1, L + T]);
    return {
        outputs: attend(q, keys, values, tf.minimum(causalBias(T, L), empty)),
        state: {
            keys: lastPositions(keys, L),
            values: lastPositions(values, L),
            filled: tf.slice(filled, [0, T], [B, L]),
        },
    };
}
function plan(settings) {
    const own = headSizes(settings);
    const { H, M, K, V } = own;
    const map = (mixed) => splitGroups(mixed, own);
    const apart = ({ q, k, v }) => ({
        q: splitHeads(q, H),
        k: splitHeads(k, M),
        v: splitHeads(v, M),
    });
    const readOut = (weights, x, outputs) => linear(gated(weights, x, mergeHeads(outputs)), weightOf(weights, 'output'));
    return {
        specs: (D) => [
            ...vectorSpecs(settings, own, D),
            ...outputGateSpecs(settings, own, D),
            matrixSpec('output', H * V, D, settings.outputScale),
        ],
        inputs: INPUTS,
        forward: (weights, x, documents) => {
            const { q, k, v } = apart(vectorsOf(weights, x, map, documents));
            const causal = causalBias(x.shape[1] ?? 0, 0);
            const bias = documents ? tf.minimum(causal, documentBias(documents)) : causal;
            return readOut(weights, x, attend(q, k, v, bias));
        },
        initState: (batchSize, cacheLength) => ({
            ...initCache(own, batchSize, cacheLength),
            ...initCarry(settings, own, batchSize),
        }),
        next: (weights, x, state) => {
            const { carry, ...vectors } = nextVectors(weights, x, map, state);
            const read = attendNext(apart(vectors), state);
            return { output: readOut(weights, x, read.outputs), state: { ...read.state, ...carry } };
        },
        // It looks back over half of the tokens.
        operations: (length) => 2 * H * (K + V) * (length / 2),
    };
}
/**
 * The baseline: causal softmax attention, with the conditioning heads' short convolution and output gate and no
 * positions (the convolution tells neighbours apart).
 *
 *   y = (softmax(q kᵀ / sqrt(K)) v silu(x W_gate)) W_out,   q, k, v = conv(x W_qkv)
 *
 * Its state is the last tokens themselves, of a fixed length L chosen beforehand. Decoding is equal to the full pass
 * while the cache holds every token so far; afterwards each token sees the last L of the cache and those given with it.
 */
export const softmax = {
    name: 'softmax',
    title: 'causal softmax attention, the baseline',
    source: 'Vaswani et al. 2017, arXiv:1706.03762; without positions, Kazemnejad et al. 2023, arXiv:2305.19466',
    options: vectorOptions,
    inBlock: true,
    takesRule: false,
    keepsTokens: true,
    issues: sharingIssues,
    plan,
};
