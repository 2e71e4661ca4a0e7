/**
 * A value that is there by construction, such as an element at a checked index.
 *
 * @throws Error (a fault of ours, not the user's) when it is missing.
 */
export function required(value, what) {
    if (value === undefined)
        throw new Error(`expected ${what}, got undefined; this is a fault in pavlov-lm`);
    return value;
}
