import { numberParam, type Params } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import { unstack } from '../core/unstack.js';
import type { LearningRule, SignalSpec } from './contract.js';

/** What the widths of a rule's inputs depend on: key and value size, and writes per token. */
export interface InputSizes {
  readonly K: number;
  readonly V: number;
  readonly writes: number;
}

/** How many keys and values a rule writes per token. */
export function writesOf({ writes = 1 }: Pick<LearningRule, 'writes'>, params: Params): number {
  return typeof writes === 'number' ? writes : numberParam(params, writes);
}

/** Numbers per head and token of a signal that has an axis of its own; undefined for one that has none. */
export function signalWidth({ width }: SignalSpec, { K, V, writes }: InputSizes): number | undefined {
  return width && { key: K, value: V, write: writes }[width];
}

/** The shape of a signal over tokens of shape `[B,H]` or `[B,H,T]`. */
export function signalShape(spec: SignalSpec, tokens: readonly number[], sizes: InputSizes): number[] {
  const width = signalWidth(spec, sizes);
  return width === undefined ? [...tokens] : [...tokens, width];
}

/** A vector `[..,X]` as that of each of n writes, `[..,n X]`. */
export function inEachWrite(x: Tensor, writes: number): Tensor {
  if (writes === 1) return x;
  return tf.tile(
    x,
    x.shape.map((_, axis) => (axis === x.rank - 1 ? writes : 1)),
  );
}

/** The vectors `[..,X]` of each write of `[..,n X]`. */
export function ofEachWrite(x: Tensor, writes: number): Tensor[] {
  const size = (x.shape.at(-1) ?? 0) / writes;
  return unstack(tf.reshape(x, [...x.shape.slice(0, -1), writes, size]), x.rank - 1);
}
