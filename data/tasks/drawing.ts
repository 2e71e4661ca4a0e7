import type { Rng } from '../../src/core/rng.js';

/**
 * `count` different whole numbers from [low, high), each ordered choice equally likely.
 *
 * Fisher and Yates on a list that is kept only where it was changed, so a large range costs nothing.
 */
export function drawDistinct(rng: Rng, low: number, high: number, count: number): Int32Array {
  const moved = new Map<number, number>();
  const drawn = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const from = low + i;
    const j = from + rng.below(high - from);
    drawn[i] = moved.get(j) ?? j;
    moved.set(j, moved.get(from) ?? from);
  }
  return drawn;
}

/** A whole number from low to high, both included. */
export function drawBetween(rng: Rng, low: number, high: number): number {
  return low + rng.below(high - low + 1);
}

/**
 * `count` different indices, drawn one after the other with chances in proportion to the weights of those left.
 *
 * Exponential clocks E_i / w_i in order of ringing give that law (Efraimidis and Spirakis 2006).
 */
export function drawWeighted(rng: Rng, weights: Float64Array, count: number): Int32Array {
  const clocks = Array.from(weights, (weight, i) => ({ i, time: -Math.log(1 - rng.uniform()) / weight }));
  clocks.sort((a, b) => a.time - b.time);
  return Int32Array.from(clocks.slice(0, count), (clock) => clock.i);
}

/** The numbers from low up to, not including, high. */
export function wholeRange(low: number, high: number): Int32Array {
  return Int32Array.from({ length: Math.max(0, high - low) }, (_, i) => low + i);
}

/** The order that sorts the keys. */
export function sortedOrder(keys: ArrayLike<number>): number[] {
  return Array.from(keys, (key, i) => ({ key, i }))
    .sort((a, b) => a.key - b.key)
    .map((entry) => entry.i);
}

/** The element at an index that is known to exist. */
export function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? NaN;
}
