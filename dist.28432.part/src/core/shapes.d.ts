/** Sizes bound to letters, such as `{ B: 16, T: 256 }`. */
export type Sizes = Record<string, number>;
/** Number of elements of a shape; 1 for a scalar. */
export declare function sizeOf(shape: readonly number[]): number;
/** True when two shapes are the same. */
export declare function sameShape(a: readonly number[], b: readonly number[]): boolean;
/**
 * Checks a tensor against letters and binds those not yet bound.
 *
 *   assertShape(q, ['B', 'H', 'T', 'K'], sizes, 'runRule: q')
 *
 * @throws ShapeError when the rank differs or a bound letter has another size.
 */
export declare function assertShape(tensor: {
    readonly shape: readonly number[];
}, letters: readonly string[], sizes: Sizes, where: string): void;
/**
 * The size bound to a letter.
 *
 * @throws ShapeError when it is not bound.
 */
export declare function sizeNamed(sizes: Sizes, letter: string): number;
