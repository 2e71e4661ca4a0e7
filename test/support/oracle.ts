/**
 * The learning rules as loops over single numbers in float64, by the equations of `oracleRules`. Nothing here comes
 * from the library.
 */

import {
  oracles,
  product,
  type OracleField,
  type OracleMemory,
  type OracleParams,
  type OracleToken,
} from './oracleRules.js';

/** Numbers in a shape, row-major. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

interface DoubleArray extends NumberArray {
  readonly values: Float64Array;
}

/** Inputs under the names `q k v logDecay state.<field> signals.<name>`, in the shapes of `runRule`. */
export type NumberArrays = Readonly<Record<string, NumberArray>>;

interface OracleResult {
  /** `[B,H,T,V]` */
  readonly outputs: DoubleArray;
  /** `state.S` `[B,H,V,K]`, and `state.<field>` `[B,H,..]` */
  readonly state: Readonly<Record<string, DoubleArray>>;
}

/** Element of an array by indices; an axis of size 1 serves every index. */
function at({ shape, values }: NumberArray, ...indices: number[]): number {
  return values[shape.reduce((flat, size, axis) => flat * size + (size === 1 ? 0 : indices[axis]!), 0)]!;
}

function vector(x: NumberArray, b: number, h: number, t: number): number[] {
  return Array.from({ length: x.shape[3]! }, (_, i) => at(x, b, h, t, i));
}

/** What a token's decay leaves of each key channel. */
function leftOf(logDecay: NumberArray | undefined, K: number, [b, h, t]: readonly number[]): number[] {
  return Array.from({ length: K }, (_, j) => {
    if (!logDecay) return 1;
    return Math.exp(logDecay.shape.length === 4 ? at(logDecay, b!, h!, t!, j) : at(logDecay, b!, h!, t!));
  });
}

/** Inputs of one token of one head. */
function tokenAt(inputs: NumberArrays, b: number, h: number, t: number): OracleToken {
  const { q, k, v } = inputs as Record<'q' | 'k' | 'v', NumberArray>;
  const signals = Object.entries(inputs)
    .filter(([key]) => key.startsWith('signals.'))
    .map(([key, x]) => [key.slice('signals.'.length), x] as const);
  const ofOne = signals.filter(([, x]) => x.shape.length === 3);
  const wide = signals.filter(([, x]) => x.shape.length === 4);
  return {
    q: vector(q, b, h, t),
    k: vector(k, b, h, t),
    v: vector(v, b, h, t),
    signals: Object.fromEntries(ofOne.map(([name, x]) => [name, at(x, b, h, t)])),
    wide: Object.fromEntries(wide.map(([name, x]) => [name, vector(x, b, h, t)])),
  };
}

/** The memory the inputs start with; empty where they give none. */
function startingMemory(
  inputs: NumberArrays,
  { V, K }: { V: number; K: number },
  fields: Readonly<Record<string, OracleField>>,
  [b, h]: readonly [number, number],
): OracleMemory {
  const S = inputs['state.S'];
  const more = Object.entries(fields).map(([name, { shape, empty }]) => {
    const given = inputs[`state.${name}`];
    const size = shape.reduce((n, length) => n * length, 1);
    const first = given ? (b * given.shape[1]! + h) * size : 0;
    const values = Array.from({ length: size }, (_, n) => (given ? given.values[first + n]! : empty(n)));
    return [name, values] as const;
  });
  return {
    S: Array.from({ length: V }, (_, i) => Array.from({ length: K }, (_, j) => (S ? at(S, b, h, i, j) : 0))),
    more: Object.fromEntries(more),
  };
}

/** A rule over a sequence; `documents` is `[B,T]`, flat; `params` are all of the rule's parameters. */
export function runOracle(
  name: string,
  inputs: NumberArrays,
  documents?: ArrayLike<number>,
  params: OracleParams = {},
): OracleResult {
  const { q, v, logDecay } = inputs as Record<'q' | 'v', NumberArray> & { logDecay?: NumberArray };
  const [B, H, T, K] = q.shape as [number, number, number, number];
  const oracle = oracles[name]!;
  const sizes = { K, V: v.shape[3]! / (oracle.writes?.(params) ?? 1) };
  const fields = oracle.fields?.(sizes, params) ?? {};
  const outputs: number[] = [];
  const finalS: number[] = [];
  const finals = Object.fromEntries(Object.keys(fields).map((key): [string, number[]] => [key, []]));
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      let memory = startingMemory(inputs, sizes, fields, [b, h]);
      for (let t = 0; t < T; t++) {
        const restart = documents && t > 0 && documents[b * T + t] !== documents[b * T + t - 1];
        if (restart) memory = startingMemory({}, sizes, fields, [b, h]);
        const left = leftOf(logDecay, K, [b, h, t]);
        for (const row of memory.S) left.forEach((share, j) => (row[j]! *= share));
        if (logDecay) oracle.decay?.(memory, left, params);
        const token = tokenAt(inputs, b, h, t);
        oracle.write(memory, token, params);
        const read = oracle.read?.(memory, token, params) ?? memory.S.map((row) => product(row, token.q));
        outputs.push(...read);
      }
      finalS.push(...memory.S.flat());
      for (const [key, values] of Object.entries(memory.more)) finals[key]!.push(...values);
    }
  }
  const more = Object.entries(fields).map(([key, { shape }]) => {
    return [`state.${key}`, { shape: [B, H, ...shape], values: Float64Array.from(finals[key]!) }] as const;
  });
  return {
    outputs: { shape: [B, H, T, sizes.V], values: Float64Array.from(outputs) },
    state: {
      'state.S': { shape: [B, H, sizes.V, K], values: Float64Array.from(finalS) },
      ...Object.fromEntries(more),
    },
  };
}

/**
 * Gradients of a sum of losses, one loss for each memory, by central differences in float64: error about 1e-9.
 *
 * The same element of all memories is moved at once, because a memory knows nothing of the others; what several share
 * (an axis of size 1) has the sum of their slopes. `losses` gives `[B,H]`, flat.
 */
export function oracleGradients(
  losses: (inputs: NumberArrays) => Float64Array,
  inputs: NumberArrays,
  H: number,
): Record<string, Float64Array> {
  const step = 1e-5;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, x]) => {
      const [rows = 1, heads = 1] = x.shape;
      const size = x.values.length / (rows * heads);
      const shifted = (element: number, by: number): Float64Array => {
        const values = Float64Array.from(x.values, (old, i) => (i % size === element ? old + by : old));
        return losses({ ...inputs, [name]: { shape: x.shape, values } });
      };
      const gradient = new Float64Array(x.values.length);
      for (let element = 0; element < size; element++) {
        const [above, below] = [shifted(element, step), shifted(element, -step)];
        above.forEach((loss, memory) => {
          const owner = (Math.floor(memory / H) % rows) * heads + ((memory % H) % heads);
          gradient[owner * size + element]! += (loss - below[memory]!) / (2 * step);
        });
      }
      return [name, gradient];
    }),
  );
}
