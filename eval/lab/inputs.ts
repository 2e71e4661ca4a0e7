import type { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { LearningRule, Params, RuleState } from '../../src/rules/contract.js';
import { inEachWrite, signalShape, writesOf } from '../../src/rules/inputs.js';
import { readState } from '../../src/rules/memory.js';

/** Sizes of a rule's inputs in the lab, and the parameters they may depend on. */
export interface LabSizes {
  readonly K: number;
  readonly V: number;
  readonly params: Params;
}

/**
 * Every signal a rule declares over tokens of a shape. A write strength given, one for all tokens or of the tokens'
 * shape, is that of `beta` and, in rules that erase by itself, of `erase`; other signals are what a new layer begins
 * with.
 */
export function signalsAt(
  rule: LearningRule,
  beta: number | Tensor | undefined,
  tokens: readonly number[],
  { params, ...sizes }: LabSizes,
): Record<string, Tensor> {
  const writes = writesOf(rule, params);
  const entries = Object.entries(rule.signals).map(([name, spec]) => {
    const shape = signalShape(spec, tokens, { ...sizes, writes });
    const value = name === 'beta' || name === 'erase' ? (beta ?? spec.initial) : spec.initial;
    if (typeof value === 'number') return [name, tf.fill(shape, value)] as const;
    const wide = shape.length > tokens.length ? tf.expandDims(value, tokens.length) : value;
    return [name, tf.add(tf.zeros(shape), wide)] as const;
  });
  return Object.fromEntries(entries);
}

/** Keys or values as a rule takes them: the same in each of its writes. */
export function inWrites(rule: LearningRule, params: Params, x: Tensor): Tensor {
  return inEachWrite(x, writesOf(rule, params));
}

/** What each unit query reads of a state, `[B,H,V,K]`: S, or what the rule makes of it. */
export function memoryMatrix(rule: LearningRule, state: RuleState, params: Params): Tensor {
  if (!rule.read) return state.S;
  const [B = 0, H = 0, V = 0, K = 0] = state.S.shape;
  const writes = writesOf(rule, params);
  const signals = signalsAt(rule, undefined, [B, H], { K, V, params });
  const [k, v] = [tf.zeros([B, H, writes * K]), tf.zeros([B, H, writes * V])];
  const columns = Array.from({ length: K }, (_, j) => {
    // Not by oneHot, which takes no single key channel.
    const chosen = tf.cast(tf.equal(tf.range(0, K, 1, 'int32'), tf.scalar(j, 'int32')), 'float32');
    const q = tf.add(tf.zeros([B, H, K]), chosen);
    return readState(rule, state, { q, k, v, signals }, params);
  });
  return tf.stack(columns, 3);
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
