import { replaceRows } from '../../ops/replaceRows.js';
import { restartsOf } from '../../ops/segments.js';
import { tf } from '../../core/tf.js';
import { scan } from '../../engine/scan.js';
import { stepGroups } from './sharedQueries.js';
/**
 * A rule's step form over a sequence: the definition of its chunk form, and the only form of rules that are
 * not linear in the state. The state starts afresh at each document's first token.
 *
 * Shapes as in `runRule`.
 */
export function stepThrough(rule, state, xs, params) {
    // Made anew where it is used: the gradient calls the body when what it closes over may be gone.
    const makeEmpty = () => emptyState(rule, xs, params);
    const restarts = xs.documents && tf.expandDims(restartsOf(xs.documents), 1);
    const { ys, ...after } = scanTokens(rule, state ?? makeEmpty(), xs, restarts, (before, x, restart) => {
        const { output, state: next } = stepGroups(rule, restarted(before, makeEmpty, restart), x, params);
        return { state: next, ys: [output] };
    });
    return { outputs: ys[0], state: after.state }; // the body puts out one
}
/** The state, or the empty one in the rows that start a document: restart `[B,1]`. */
function restarted(state, makeEmpty, restart) {
    if (!restart)
        return state;
    return withFields(makeEmpty(), (fresh, name) => replaceRows(restart, fresh, state[name]));
}
/** The state of an empty memory for the sizes of a sequence. */
export function emptyState(rule, { k, v }, params) {
    const [B = 0, H = 0, , K = 0] = k.shape;
    return rule.initState({ B, H, K, V: v.shape[3] ?? 0 }, params);
}
/** The same fields, each changed. */
export function withFields(state, change) {
    const fields = Object.entries(state).map(([name, x]) => [name, change(x, name)]);
    return Object.fromEntries(fields); // S among them
}
/** A body run for each token of a sequence in turn, with flags `[B,1,T]`: outputs, and the last state. */
export function scanTokens(rule, initial, { q, k, v, logDecay, signals }, flags, body) {
    const fields = Object.keys(initial);
    const sequences = {
        q,
        k,
        v,
        ...(logDecay && { logDecay }),
        ...(flags && { flags }),
        ...Object.fromEntries(Object.entries(signals).map(([name, x]) => [`signals.${name}`, x])),
    };
    const names = Object.keys(sequences);
    const { carry, ys } = scan((carried, slices) => {
        const token = named(names, slices);
        const own = Object.keys(rule.signals).map((name) => [name, token[`signals.${name}`]]);
        const x = { ...token, signals: Object.fromEntries(own) }; // all were given
        const after = body(named(fields, carried), x, token.flags); // the fields of a state
        return { carry: fields.map((name) => after.state[name]), ys: after.ys }; // a step keeps its fields
    }, Object.values(initial), Object.values(sequences), 2);
    return { ys, state: named(fields, carry) }; // as above
}
function named(names, tensors) {
    return Object.fromEntries(names.map((name, i) => [name, tensors[i]])); // as many as names
}
