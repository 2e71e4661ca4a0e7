import { ShapeError } from './errors.js';
/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape) {
    return shape.reduce((product, n) => product * n, 1);
}
/** True when two shapes are the same. */
export function sameShape(a, b) {
    return a.length === b.length && a.every((n, i) => n === b[i]);
}
/**
 * Checks a tensor against letters and binds those not yet bound.
 *
 *   assertShape(q, ['B', 'H', 'T', 'K'], sizes, 'runRule: q')
 *
 * @throws ShapeError when the rank differs or a bound letter has another size.
 */
export function assertShape(tensor, letters, sizes, where) {
    const { shape } = tensor;
    const wrong = () => {
        const known = letters.map((letter) => (letter in sizes ? `${letter}=${sizes[letter]}` : letter));
        throw new ShapeError(`${where}: expected shape [${known.join(',')}], got [${shape.join(',')}]`);
    };
    if (shape.length !== letters.length)
        wrong();
    letters.forEach((letter, i) => {
        const size = shape[i] ?? 0;
        if ((sizes[letter] ??= size) !== size)
            wrong();
    });
}
/**
 * The size bound to a letter.
 *
 * @throws ShapeError when it is not bound.
 */
export function sizeNamed(sizes, letter) {
    const size = sizes[letter];
    if (size === undefined)
        throw new ShapeError(`shapes: expected a size for '${letter}', got none`);
    return size;
}
