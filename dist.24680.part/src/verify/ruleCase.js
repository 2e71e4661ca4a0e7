import { sizeOf } from '../core/shapes.js';
import { tf } from '../core/tf.js';
/** Sizes that tell every axis from every other. */
export const DIMS = { B: 2, H: 2, K: 5, V: 3 };
/** Ids that change at odd places, on the last token too, and come back later in the row. */
function documentIds(B, T) {
    return Int32Array.from({ length: B * T }, (_, n) => {
        const [b, t] = [Math.floor(n / T), n % T];
        return b === 0 && t === T - 1 ? 9 : Math.floor((t + 4 * b) / 5) % 2;
    });
}
/** Vectors as the layer prepares them: of unit length, of length about 1, or standard normal. */
export function vectors(rng, shape, kind) {
    const size = shape.at(-1) ?? 1;
    const values = rng.normals(sizeOf(shape), kind === 'scaled' ? 1 / Math.sqrt(size) : 1);
    if (kind !== 'unit')
        return { shape, values };
    for (let i = 0; i < values.length; i += size) {
        const vector = values.subarray(i, i + size);
        const norm = Math.hypot(...vector);
        vector.forEach((x, j) => (vector[j] = x / norm));
    }
    return { shape, values };
}
/** The bounds of a signal, with the knob that may hold the upper one. */
export function signalBounds(rule, name, params) {
    const spec = rule.signals[name];
    if (!spec)
        throw new RangeError(`rule ${rule.name}: expected the signal '${name}', got none`);
    return [spec.low, typeof spec.high === 'string' ? Number(params[spec.high]) : spec.high];
}
function signals(rng, rule, { B, H, T, params }) {
    return Object.keys(rule.signals).map((name) => {
        const [low, high] = signalBounds(rule, name, params);
        const draw = () => low + (high - low) * (0.1 + 0.8 * rng.uniform());
        return [`signals.${name}`, { shape: [B, H, T], values: Float32Array.from({ length: B * H * T }, draw) }];
    });
}
/** Log decays from weak to strong. */
function logDecay(rng, { B, H, T, K, decay = 'none' }) {
    if (decay === 'none')
        return [];
    const shape = decay === 'channel' ? [B, H, T, K] : [decay === 'shared' ? 1 : B, H, T];
    const draw = () => -Math.exp(2 * rng.normal() - 2);
    return [['logDecay', { shape, values: Float32Array.from({ length: sizeOf(shape) }, draw) }]];
}
/** Fields of an empty memory's state. */
export function emptyState(rule, dims, params) {
    const state = tf.tidy(() => {
        const fields = Object.entries(rule.initState(dims, params));
        return fields.map(([name, x]) => [name, { shape: x.shape, values: Float32Array.from(x.dataSync()) }]);
    });
    return Object.fromEntries(state); // pairs of a name and numbers
}
/** Fields of a state that is not empty: the empty one, moved by random amounts. */
function startState(rng, rule, options) {
    if (!options.state)
        return [];
    return Object.entries(emptyState(rule, options, options.params)).map(([name, { shape, values }]) => {
        // Only S may be of any sign: a moving average of squares, say, is none of a negative number.
        const move = () => (name === 'S' ? 0.5 * rng.normal() : 0.5 * rng.uniform());
        return [`state.${name}`, { shape, values: values.map((x) => x + move()) }];
    });
}
const DECAY_LABELS = {
    none: 'no decay',
    head: 'a decay per head',
    shared: 'one decay for all rows',
    channel: 'a decay per key channel',
};
/** A case with random numbers; queries and keys have unit length, whatever the rule asks for. */
export function ruleCase(rule, rng, options) {
    const { B, H, T, K, V, params, decay = 'none', documents = false } = options;
    const facts = [`T = ${T}`, DECAY_LABELS[decay], ...(documents ? ['several documents'] : [])];
    return {
        params,
        label: facts.join(', '),
        inputs: {
            q: vectors(rng.derive('q'), [B, H, T, K], 'unit'),
            k: vectors(rng.derive('k'), [B, H, T, K], 'unit'),
            v: vectors(rng.derive('v'), [B, H, T, V], rule.normalise.v === 'unit' ? 'unit' : 'none'),
            ...Object.fromEntries(signals(rng.derive('signals'), rule, options)),
            ...Object.fromEntries(logDecay(rng.derive('decay'), options)),
            ...Object.fromEntries(startState(rng.derive('state'), rule, options)),
        },
        ...(documents && { documents: documentIds(B, T) }),
    };
}
/** The case with some inputs replaced, and a word on it. */
export function withInputs(on, inputs, label) {
    return {
        ...on,
        inputs: { ...on.inputs, ...inputs },
        label: label === undefined ? on.label : `${on.label}, ${label}`,
    };
}
/** Numbers changed one by one. */
export function mapped({ shape, values }, change) {
    return { shape, values: values.map(change) };
}
/** Names of the inputs that a token has: all but the state's. */
export function tokenInputs({ inputs }) {
    return Object.keys(inputs).filter((name) => !name.startsWith('state.'));
}
/** Which token of `[B,H,T]` or `[B,H,T,X]` an element belongs to. */
export function tokenOf(shape, index) {
    const [, , T = 1, width = 1] = shape;
    return Math.floor(index / width) % T;
}
/** The tokens from `from` to before `to` of every input that has tokens. */
export function slicedInTime(on, from, to) {
    const sliced = tokenInputs(on).map((name) => {
        const { shape, values } = on.inputs[name]; // one of its names
        const kept = values.filter((_, i) => tokenOf(shape, i) >= from && tokenOf(shape, i) < to);
        return [name, { shape: shape.map((n, axis) => (axis === 2 ? to - from : n)), values: kept }];
    });
    return { ...withInputs(on, Object.fromEntries(sliced)), documents: undefined };
}
/** Row b and head h of every input, alone. */
export function oneMemory(on, b, h) {
    const inputs = Object.entries(on.inputs).map(([name, { shape, values }]) => {
        const [, H = 1] = shape;
        const size = values.length / (H * (shape[0] ?? 1));
        const start = (b * H + h) * size;
        return [name, { shape: [1, 1, ...shape.slice(2)], values: values.slice(start, start + size) }];
    });
    return { ...on, inputs: Object.fromEntries(inputs), documents: undefined };
}
