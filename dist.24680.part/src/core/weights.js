import { ShapeError } from './errors.js';
import { sizeOf } from './shapes.js';
/**
 * The weight of a name.
 *
 * @throws ShapeError when the layer has none of it.
 */
export function weightOf(weights, name) {
    const weight = weights[name];
    if (weight)
        return weight;
    const names = Object.keys(weights).join(', ');
    throw new ShapeError(`weights: expected '${name}', got ${names}; build the layer first`);
}
/** The weights whose names start with `prefix.`, without it. */
export function weightsUnder(weights, prefix) {
    const start = `${prefix}.`;
    const inside = Object.entries(weights).filter(([name]) => name.startsWith(start));
    return Object.fromEntries(inside.map(([name, tensor]) => [name.slice(start.length), tensor]));
}
/** The same specs with `prefix.` before every name. */
export function prefixed(prefix, specs) {
    return specs.map((spec) => ({ ...spec, name: `${prefix}.${spec.name}` }));
}
/**
 * A matrix `[fanIn, fanOut]` that keeps the variance of its input.
 *
 *   W ~ normal(0, scale / sqrt(fanIn))
 */
export function matrixSpec(name, fanIn, fanOut, scale = 1) {
    return {
        name,
        shape: [fanIn, fanOut],
        initial: (rng) => rng.normals(fanIn * fanOut, scale / Math.sqrt(fanIn)),
        decayed: true,
        matrix: true,
    };
}
/** A weight of one value everywhere: a gain, a bias, or a projection that starts at nothing. */
export function constantSpec(name, shape, value) {
    const initial = () => new Float32Array(sizeOf(shape)).fill(value);
    return { name, shape, initial, decayed: false, matrix: false };
}
/**
 * Taps `[E, taps]` of a depthwise convolution, each channel on its own.
 *
 *   w ~ normal(0, 1 / sqrt(taps))
 */
export function tapsSpec(name, channels, taps) {
    return {
        name,
        shape: [channels, taps],
        initial: (rng) => rng.normals(channels * taps, 1 / Math.sqrt(taps)),
        decayed: false,
        matrix: false,
    };
}
