import { queriesPerMemory } from '../../chunks/layout.js';
import { tf } from '../../core/tf.js';
/**
 * A rule's step with G queries per memory: one write, G reads `o = S q`.
 *
 * Shapes: q `[B,G M,K]`, all else of M heads -> output `[B,G M,V]`.
 */
export function stepGroups(rule, state, x, params) {
    const G = queriesPerMemory(x);
    if (G === 1)
        return rule.step(state, x, params);
    const [B = 0, M = 0, K = 0] = x.k.shape;
    const q = tf.reshape(x.q, [B, M, G, K]);
    const first = tf.squeeze(tf.slice(q, [0, 0, 0, 0], [B, M, 1, K]), [2]);
    const after = rule.step(state, { ...x, q: first }, params).state;
    const output = tf.reshape(tf.matMul(q, after.S, false, true), [B, M * G, x.v.shape[2] ?? 0]);
    return { output, state: after };
}
/** The same sequence with G memories in place of one, one per query: what sharing must equal. */
export function repeatedInputs(xs) {
    const G = queriesPerMemory(xs);
    const signals = Object.entries(xs.signals).map(([name, x]) => [name, repeatedHeads(x, G)]);
    return {
        ...xs,
        k: repeatedHeads(xs.k, G),
        v: repeatedHeads(xs.v, G),
        signals: Object.fromEntries(signals),
        logDecay: xs.logDecay && repeatedHeads(xs.logDecay, G),
    };
}
/** `[B,M,..]` to `[B,G M,..]`, each head G times in a row. */
export function repeatedHeads(x, G) {
    const [B = 0, M = 0, ...rest] = x.shape;
    const copies = Array.from({ length: G }, () => x);
    return tf.reshape(tf.stack(copies, 2), [B, M * G, ...rest]);
}
/** One of each G heads in a row: `[B,G M,..]` to `[B,M,..]`. */
export function oneOfHeads(x, G) {
    const [B = 0, heads = 0, ...rest] = x.shape;
    const grouped = tf.reshape(x, [B, heads / G, G, ...rest]);
    const sizes = [B, heads / G, 1, ...rest];
    return tf.reshape(tf.slice(grouped, sizes.map(() => 0), sizes), [B, heads / G, ...rest]);
}
