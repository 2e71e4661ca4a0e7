import { sizeOf } from '../../core/shapes.js';
/** Reads an attribute that tfjs's own types promise; `T` is that type. */
export function attribute(attrs, name) {
    return attrs[name];
}
/** The input of that name. */
export function inputOf(inputs, name) {
    const value = inputs[name];
    if (!value)
        throw new Error(`graph lowering: expected an input '${name}', got ${Object.keys(inputs).join(', ')}`);
    return value;
}
/** Whether a tensor is so small (4,096 elements) that the number of nodes, not their work, decides the time. */
export function isSmall({ shape }) {
    return sizeOf(shape) <= 4096;
}
