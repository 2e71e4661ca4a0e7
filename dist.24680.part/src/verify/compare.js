import { tokenOf } from './ruleCase.js';
/** Two forms of one sum in float32. */
export const CLOSE = { rtol: 1e-4, atol: 1e-5 };
/** The same operations in the same order, on other batch sizes. */
export const NEAR = { rtol: 1e-5, atol: 2e-6 };
/** The same bits. */
export const EXACT = { rtol: 0, atol: 0 };
function hasTokens(name) {
    return name === 'outputs' || (name.startsWith('gradient of ') && !name.startsWith('gradient of state.'));
}
function far(got, wanted, limit) {
    if (Number.isNaN(wanted) || Number.isNaN(got))
        return Number.isNaN(wanted) !== Number.isNaN(got);
    return got !== wanted && !(Math.abs(got - wanted) <= limit);
}
/** The first element in time that is too far from what was wanted. */
function firstFar(name, got, wanted, { rtol, atol }) {
    const finite = wanted.values.filter(Number.isFinite);
    const scale = finite.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    let first;
    const before = (a, b) => tokenOf(got.shape, a) < tokenOf(got.shape, b);
    wanted.values.forEach((x, i) => {
        if (!far(got.values[i] ?? NaN, x, atol * scale + rtol * Math.abs(x)))
            return;
        if (first === undefined || (hasTokens(name) && before(i, first)))
            first = i;
    });
    return first;
}
/** Where an element lies: `token 5 of row 1, head 0, channel 2`, or `row 1, head 0, [3,2]` without time. */
function placeOf(name, shape, index) {
    const position = [];
    for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
        const size = shape[axis] ?? 1;
        position.unshift(rest % size);
        rest = Math.floor(rest / size);
    }
    const [row = 0, head = 0, ...others] = position;
    const memory = `row ${row}, head ${head}`;
    if (!hasTokens(name))
        return others.length > 0 ? `${memory}, at [${others.join(',')}]` : memory;
    const [token = 0, channel] = others;
    return `token ${token}, ${memory}${channel === undefined ? '' : `, channel ${channel}`}`;
}
/** A number short enough to read and long enough to see the difference. */
export function shown(x) {
    return Number.isFinite(x) ? String(Number(x.toPrecision(6))) : String(x);
}
/** The first difference in what is wanted: `outputs at token 5, row 0, ...: 0.25 instead of 0.5`. */
export function difference(got, wanted, tolerance) {
    for (const [name, numbers] of Object.entries(wanted)) {
        const own = got[name];
        if (!own)
            return `no ${name}`;
        const index = firstFar(name, own, numbers, tolerance);
        if (index === undefined)
            continue;
        const [is, should] = [own.values[index] ?? NaN, numbers.values[index] ?? NaN];
        return `${name} at ${placeOf(name, own.shape, index)}: ${shown(is)} instead of ${shown(should)}`;
    }
    return undefined;
}
/** The first number that is NaN or infinite. */
export function notFinite(got) {
    for (const [name, { shape, values }] of Object.entries(got)) {
        const found = values.reduce((first, x, i) => {
            if (Number.isFinite(x))
                return first;
            return first === undefined || (hasTokens(name) && tokenOf(shape, i) < tokenOf(shape, first))
                ? i
                : first;
        }, undefined);
        if (found !== undefined)
            return `${name} at ${placeOf(name, shape, found)}: ${String(values[found])}`;
    }
    return undefined;
}
