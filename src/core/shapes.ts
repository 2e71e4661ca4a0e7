import { ShapeError } from './errors.js';

/** Sizes bound to letters, such as `{ B: 16, T: 256 }`. */
export type Sizes = Record<string, number>;

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** True when two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/**
 * Checks a tensor against letters and binds those not yet bound.
 *
 *   assertShape(q, ['B', 'H', 'T', 'K'], sizes, 'runRule: q')
 *
 * @throws ShapeError when the rank differs or a bound letter has another size.
 */
export function assertShape(
  tensor: { readonly shape: readonly number[] },
  letters: readonly string[],
  sizes: Sizes,
  where: string,
): void {
  const { shape } = tensor;
  const wrong = (): never => {
    const known = letters.map((letter) => (letter in sizes ? `${letter}=${sizes[letter]}` : letter));
    throw new ShapeError(`${where}: expected shape [${known.join(',')}], got [${shape.join(',')}]`);
  };
  if (shape.length !== letters.length) wrong();
  letters.forEach((letter, i) => {
    const size = shape[i] ?? 0;
    if ((sizes[letter] ??= size) !== size) wrong();
  });
}

/**
 * The size bound to a letter.
 *
 * @throws ShapeError when it is not bound.
 */
export function sizeNamed(sizes: Sizes, letter: string): number {
  const size = sizes[letter];
  if (size === undefined) throw new ShapeError(`shapes: expected a size for '${letter}', got none`);
  return size;
}
