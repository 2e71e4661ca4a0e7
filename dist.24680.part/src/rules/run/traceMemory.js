import { segmentsOf } from '../../ops/segments.js';
import { tf } from '../../core/tf.js';
import { emptyState, scanTokens, withFields } from './stepThrough.js';
/**
 * Follows a memory, empty at first, through the first document of each row, token by token as the rule defines it;
 * later tokens leave the state as it is. Queries are not looked at.
 *
 * Shapes: k `[B,H,T,K]`, v `[B,H,T,V]`, all else as in `runRule`; without documents a row is one.
 * State: pure; disposes nothing.
 */
export function traceMemory(rule, xs, params) {
    const inFirst = xs.documents && tf.expandDims(tf.equal(segmentsOf(xs.documents), 0), 1);
    // Only what a token writes is of interest: it is read with its own key.
    const written = { ...xs, q: xs.k };
    const { ys, state } = scanTokens(rule, emptyState(rule, xs, params), written, inFirst, (before, x, first) => {
        const after = rule.step(before, x, params).state;
        const kept = first ? withFields(after, (tensor, name) => chosen(first, tensor, before[name])) : after;
        const measure = rule.stability?.measure(x, before, params);
        return { state: kept, ys: [normOf(kept.S), ...(measure ? [measure] : [])] };
    });
    const [norm, stability] = ys;
    return { norm: norm, ...(stability && { stability }), state }; // the body puts out one or two
}
/** The first tensor in the rows flagged, else the second: flags `[B,1]`. */
function chosen(flags, tensor, otherwise = tensor) {
    const wide = tf.reshape(flags, [flags.shape[0] ?? 0, ...tensor.shape.slice(1).map(() => 1)]);
    return tf.where(wide, tensor, otherwise);
}
function normOf(S) {
    return tf.sqrt(tf.sum(tf.square(S), [2, 3]));
}
