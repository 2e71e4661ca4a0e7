import { tf } from '../../src/core/tf.js';
import type { NumberArray } from './oracle.js';
import { SIZES, type RuleCase } from './ruleCase.js';

/** The case with some inputs replaced. */
export function withInputs(
  on: RuleCase,
  change: Readonly<Record<string, (x: NumberArray) => NumberArray>>,
): RuleCase {
  const inputs = Object.entries(on.inputs).map(([name, x]) => [name, change[name]?.(x) ?? x] as const);
  return { ...on, inputs: Object.fromEntries(inputs) };
}

export const filledWith =
  (value: (index: number) => number) =>
  ({ shape, values }: NumberArray): NumberArray => ({ shape, values: values.map((_, i) => value(i)) });

/** The case with a state another run ended in, under the names of its inputs. */
export function withState(on: RuleCase, state: Readonly<Record<string, ArrayLike<number>>>): RuleCase {
  const changes = Object.entries(state).map(([name, values]) => {
    const change = ({ shape }: NumberArray) => ({ shape, values: Float64Array.from(values) });
    return [name, change] as const;
  });
  return withInputs(on, Object.fromEntries(changes));
}

/** Inputs that start from an empty memory. */
export function withoutState(inputs: RuleCase['inputs']): RuleCase['inputs'] {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !name.startsWith('state.')));
}

/** The log decay of a shape that every rule must take, whatever the gates give. */
export function withDecay(
  on: RuleCase,
  shape: readonly number[],
  value: (index: number) => number,
): RuleCase {
  const length = shape.reduce((n, size) => n * size, 1);
  const logDecay = { shape, values: Float64Array.from({ length }, (_, i) => Math.fround(value(i))) };
  return { ...on, inputs: { ...on.inputs, logDecay } };
}

/** The case with every per-token input of token t changed. */
export function changedAt(on: RuleCase, t: number): RuleCase {
  const shifted = ({ shape, values }: NumberArray): NumberArray => {
    const [, , T, width = 1] = shape as [number, number, number, number?];
    return { shape, values: values.map((x, i) => (Math.floor(i / width) % T === t ? x * 0.5 - 0.25 : x)) };
  };
  const perToken = Object.keys(on.inputs).filter((name) => !name.startsWith('state.'));
  return withInputs(on, Object.fromEntries(perToken.map((name) => [name, shifted])));
}

/** Whether the values `[B,H,T,..]` of each token are the same bits in both. */
export function eachToken(
  a: Float32Array,
  b: Float32Array,
  T: number,
  check: (token: number, same: boolean) => void,
): void {
  const width = a.length / (SIZES.B * SIZES.H * T);
  for (let i = 0; i < a.length; i++) check(Math.floor(i / width) % T, a[i] === b[i]);
}

/** The case and its parts before and from token `at`. */
export function split(on: RuleCase, at: number): [RuleCase, RuleCase, RuleCase] {
  const T = on.inputs.q!.shape[2]!;
  const part = (from: number, to: number): RuleCase => ({
    ...withInputs(
      on,
      Object.fromEntries(Object.keys(on.inputs).map((name) => [name, (x) => timeSlice(name, x, from, to)])),
    ),
    lossWeights: Object.fromEntries(
      Object.entries(on.lossWeights).map(([name, x]) => [name, timeSlice(name, x, from, to)]),
    ),
  });
  return [on, part(0, at), part(at, T)];
}

function timeSlice(name: string, x: NumberArray, from: number, to: number): NumberArray {
  if (name.startsWith('state.')) return x;
  const [B, H, T, ...rest] = x.shape as [number, number, number, ...number[]];
  const width = rest[0] ?? 1;
  const kept = x.values.filter((_, i) => {
    const t = Math.floor(i / width) % T;
    return t >= from && t < to;
  });
  return { shape: [B, H, to - from, ...rest], values: kept };
}

/** `[B,H,T1,V]` and `[B,H,T2,V]` along time. */
export function joinTime(a: Float32Array, b: Float32Array, T1: number, T2: number): Float32Array {
  const { B, H, V } = SIZES;
  const shape = (T: number): [number, number, number, number] => [B, H, T, V];
  return tf.tidy(() =>
    Float32Array.from(tf.concat([tf.tensor4d(a, shape(T1)), tf.tensor4d(b, shape(T2))], 2).dataSync()),
  );
}

/** Loss weights of the outputs before token t set to zero. */
export function zeroBefore(weights: RuleCase['lossWeights'], t: number): RuleCase['lossWeights'] {
  const { shape, values } = weights.outputs!;
  const [T, V] = [shape[2]!, shape[3]!];
  const late = values.map((x, i) => (Math.floor(i / V) % T < t ? 0 : x));
  return { ...weights, outputs: { shape, values: late } };
}
