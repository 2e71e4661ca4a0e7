import { expect } from 'vitest';
import type { Tensor } from '../../src/core/tf.js';

/** Numbers to compare: a tensor, an array, or one number. */
export type Numbers = Tensor | ArrayLike<number> | number;

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

interface Listed {
  readonly values: ArrayLike<number>;
  readonly shape?: readonly number[];
}

declare module 'vitest' {
  interface Matchers<T> {
    /**
     * Same count (and shape, where both have one), and |got - wanted| <= atol + rtol |wanted| everywhere. NaN
     * equals only NaN, an infinity only itself.
     */
    toBeAllClose(wanted: Numbers, tolerance: Tolerance): T;
  }
}

function listed(numbers: Numbers): Listed {
  if (typeof numbers === 'number') return { values: [numbers] };
  if ('dataSync' in numbers) return { values: numbers.dataSync(), shape: numbers.shape };
  return { values: numbers };
}

/** The place of a flat index in a shape, as `[1,0,2]`. */
function place(index: number, shape: readonly number[] | undefined): string {
  if (!shape) return `[${index}]`;
  let rest = index;
  const places = [...shape].reverse().map((size) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return at;
  });
  return `[${places.reverse().join(',')}]`;
}

/** What differs, or `undefined`. */
export function difference(got: Numbers, wanted: Numbers, { rtol, atol }: Tolerance): string | undefined {
  const [a, b] = [listed(got), listed(wanted)];
  const shapes = [a, b].map(({ shape, values }) => shape?.join(',') ?? String(values.length));
  const comparable = a.shape && b.shape ? shapes[0] === shapes[1] : a.values.length === b.values.length;
  if (!comparable) return `got shape [${shapes[0]}], wanted [${shapes[1]}]`;
  let worst: { readonly excess: number; readonly text: string } | undefined;
  for (let i = 0; i < a.values.length; i++) {
    const [x, y] = [a.values[i] ?? NaN, b.values[i] ?? NaN];
    if (Object.is(x, y) || x === y) continue;
    const bound = atol + rtol * Math.abs(y);
    const distance = Math.abs(x - y);
    if (Number.isFinite(y) && distance <= bound) continue;
    const excess = Number.isNaN(distance) ? Infinity : distance / bound;
    if (worst && worst.excess >= excess) continue;
    const text = `at ${place(i, a.shape ?? b.shape)}: got ${x}, wanted ${y}, off by ${distance}, bound ${bound}`;
    worst = { excess, text };
  }
  return worst?.text;
}

expect.extend({
  toBeAllClose(got: Numbers, wanted: Numbers, tolerance: Tolerance) {
    const found = difference(got, wanted, tolerance);
    return { pass: found === undefined, message: () => found ?? 'expected a difference, got none' };
  },
});
