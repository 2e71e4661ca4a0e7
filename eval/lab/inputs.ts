import type { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { LearningRule } from '../../src/rules/contract.js';

/**
 * Every signal a rule declares, constant over a shape: the value given for it, else what a new layer begins
 * with. Values for signals that the rule does not have are left out.
 */
export function signalsAt(
  rule: LearningRule,
  given: Readonly<Record<string, number>>,
  shape: readonly number[],
): Record<string, Tensor> {
  const entries = Object.entries(rule.signals).map(([name, { initial }]) => {
    return [name, tf.fill([...shape], given[name] ?? initial)] as const;
  });
  return Object.fromEntries(entries);
}

/** A random direction. */
export function unitVector(rng: Rng, size: number): Float64Array {
  const x = Float64Array.from({ length: size }, () => rng.normal());
  const norm = Math.hypot(...x);
  return x.map((value) => value / norm);
}

/** `count` random directions, each `[size]`. */
export function unitVectors(rng: Rng, count: number, size: number): Float64Array[] {
  return Array.from({ length: count }, () => unitVector(rng, size));
}

/**
 * Unit keys with a mean cosine c: `sqrt(c) u + sqrt(1 - c) w`, u shared, w a random direction orthogonal to u;
 * for c = 0 random directions.
 */
export function correlatedKeys(rng: Rng, count: number, size: number, correlation: number): Float64Array[] {
  if (correlation === 0) return unitVectors(rng, count, size);
  const shared = unitVector(rng, size);
  return Array.from({ length: count }, () => {
    const x = unitVector(rng, size);
    const along = x.reduce((sum, value, i) => sum + value * (shared[i] ?? 0), 0);
    const rest = x.map((value, i) => value - along * (shared[i] ?? 0));
    const norm = Math.hypot(...rest);
    const [a, b] = [Math.sqrt(correlation), Math.sqrt(1 - correlation) / norm];
    return rest.map((value, i) => a * (shared[i] ?? 0) + b * value);
  });
}

/** Rows of vectors, one list a draw, as `[B,1,N,size]`. */
export function stacked(draws: readonly (readonly Float64Array[])[]): Tensor {
  const [N, size] = [draws[0]?.length ?? 0, draws[0]?.[0]?.length ?? 0];
  const values = new Float32Array(draws.length * N * size);
  draws.flat().forEach((vector, i) => values.set(vector, i * size));
  return tf.tensor4d(values, [draws.length, 1, N, size]);
}
