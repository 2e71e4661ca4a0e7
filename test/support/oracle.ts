/**
 * The learning rules as loops over single numbers in float64, written from their equations. Nothing here comes
 * from the library.
 */

/** Numbers in a shape, row-major. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** Inputs under the names `q k v logDecay state.<field> signals.<name>`, in the shapes of `runRule`. */
export type NumberArrays = Readonly<Record<string, NumberArray>>;

/** What one head remembers: `S[i][j]`, value i, key j; a rule may keep more vectors. */
export interface OracleMemory {
  readonly S: number[][];
}

export interface OracleToken {
  readonly q: readonly number[];
  readonly k: readonly number[];
  readonly v: readonly number[];
  readonly signals: Readonly<Record<string, number>>;
}

/** Writes one token into a memory that has decayed already. */
type Write = (memory: OracleMemory, token: OracleToken) => void;

const hebbian: Write = ({ S }, { k, v, signals }) => {
  S.forEach((row, i) => {
    k.forEach((kj, j) => {
      row[j]! += signals.beta! * v[i]! * kj;
    });
  });
};

const delta: Write = ({ S }, { k, v, signals }) => {
  S.forEach((row, i) => {
    const predicted = row.reduce((sum, s, j) => sum + s * k[j]!, 0);
    k.forEach((kj, j) => {
      row[j]! += signals.beta! * (v[i]! - predicted) * kj;
    });
  });
};

/** Every registered rule must have its oracle here. */
export const oracles: Readonly<Record<string, Write>> = { delta, hebbian };

export interface OracleResult {
  /** `[B,H,T,V]` */
  readonly outputs: NumberArray;
  /** `state.S`: `[B,H,V,K]` */
  readonly state: NumberArrays;
}

/** Element of an array by indices; an axis of size 1 serves every index. */
function at({ shape, values }: NumberArray, ...indices: number[]): number {
  return values[shape.reduce((flat, size, axis) => flat * size + (size === 1 ? 0 : indices[axis]!), 0)]!;
}

function vector(x: NumberArray, b: number, h: number, t: number): number[] {
  return Array.from({ length: x.shape[3]! }, (_, i) => at(x, b, h, t, i));
}

function decayInPlace(
  S: number[][],
  logDecay: NumberArray | undefined,
  b: number,
  h: number,
  t: number,
): void {
  if (!logDecay) return;
  for (const row of S) {
    for (let j = 0; j < row.length; j++) {
      const g = logDecay.shape.length === 4 ? at(logDecay, b, h, t, j) : at(logDecay, b, h, t);
      row[j]! *= Math.exp(g);
    }
  }
}

/** A rule over a sequence; `documents` is `[B,T]`, flat. */
export function runOracle(name: string, inputs: NumberArrays, documents?: ArrayLike<number>): OracleResult {
  const { q, k, v, logDecay } = inputs as Record<'q' | 'k' | 'v', NumberArray> & { logDecay?: NumberArray };
  const [B, H, T, K] = q.shape as [number, number, number, number];
  const V = v.shape[3]!;
  const outputs = new Float64Array(B * H * T * V);
  const final = new Float64Array(B * H * V * K);
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      let S = Array.from({ length: V }, (_, i) =>
        Array.from({ length: K }, (_, j) => (inputs['state.S'] ? at(inputs['state.S'], b, h, i, j) : 0)),
      );
      for (let t = 0; t < T; t++) {
        if (documents && t > 0 && documents[b * T + t] !== documents[b * T + t - 1]) {
          S = S.map((row) => row.map(() => 0));
        }
        decayInPlace(S, logDecay, b, h, t);
        const token: OracleToken = {
          q: vector(q, b, h, t),
          k: vector(k, b, h, t),
          v: vector(v, b, h, t),
          signals: Object.fromEntries(
            Object.entries(inputs)
              .filter(([key]) => key.startsWith('signals.'))
              .map(([key, x]) => [key.slice('signals.'.length), at(x, b, h, t)]),
          ),
        };
        oracles[name]!({ S }, token);
        S.forEach((row, i) => {
          const read = row.reduce((sum, s, j) => sum + s * token.q[j]!, 0);
          outputs[((b * H + h) * T + t) * V + i] = read;
        });
      }
      S.flat().forEach((s, n) => (final[(b * H + h) * V * K + n] = s));
    }
  }
  return {
    outputs: { shape: [B, H, T, V], values: outputs },
    state: { 'state.S': { shape: [B, H, V, K], values: final } },
  };
}

/** Gradient of a float64 function by central differences in every element: error about 1e-9. */
export function oracleGradients(
  loss: (inputs: NumberArrays) => number,
  inputs: NumberArrays,
): Record<string, Float64Array> {
  const step = 1e-5;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, x]) => {
      const shifted = (i: number, by: number): number => {
        const values = Float64Array.from(x.values);
        values[i]! += by;
        return loss({ ...inputs, [name]: { shape: x.shape, values } });
      };
      return [name, x.values.map((_, i) => (shifted(i, step) - shifted(i, -step)) / (2 * step))];
    }),
  );
}
