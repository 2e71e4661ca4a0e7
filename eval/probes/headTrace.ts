import { dot } from '../../src/core/numbers.js';
/** What one head wrote and read on one text of T tokens. */
export interface HeadTrace {
  /** Row t, column s <= t: size of what the read-out at t owes to the US of s. */
  readonly strengths: readonly (readonly number[])[];
  /** The same as a share of the read-out, along it: the shares of a row add up to 1 where effects add up. */
  readonly shares: readonly (readonly number[])[];
  /** Size of each read-out. */
  readonly outputs: readonly number[];
  /** |sum of effects - read-out| / |read-out| over all tokens. */
  readonly residual: number;
}

/** Trace of a head from effects `[T(s),T(t),V]` and read-outs `[T,V]`, row-major. */
export function traceHead(effects: Float32Array, outputs: Float32Array, T: number): HeadTrace {
  const V = outputs.length / T;
  const at = (s: number, t: number): Float32Array => {
    return effects.subarray((s * T + t) * V, (s * T + t + 1) * V);
  };
  const tokens = Array.from({ length: T }, (_, t) => t);
  const reads = tokens.map((t) => outputs.subarray(t * V, (t + 1) * V));
  const rows = tokens.map((t) => tokens.slice(0, t + 1).map((s) => at(s, t)));
  const squares = reads.map((read) => dot(read, read));
  const missing = rows.map((row, t) => (reads[t] ?? []).map((x, i) => x - sumAt(row, i)));
  const total = squares.reduce((sum, square) => sum + square, 0);
  const left = missing.reduce((sum, rest) => sum + dot(rest, rest), 0);
  return {
    strengths: rows.map((row) => row.map((effect) => Math.sqrt(dot(effect, effect)))),
    shares: rows.map((row, t) => {
      const square = squares[t] ?? 0;
      return row.map((effect) => (square === 0 ? 0 : dot(effect, reads[t] ?? []) / square));
    }),
    outputs: squares.map(Math.sqrt),
    residual: total === 0 ? 0 : Math.sqrt(left / total),
  };
}

function sumAt(vectors: readonly ArrayLike<number>[], i: number): number {
  return vectors.reduce((sum, vector) => sum + (vector[i] ?? 0), 0);
}

/** Mean age in tokens of what is read, by strength, over the second half of the tokens; 0 where nothing is. */
export function reachOfReads({ strengths }: HeadTrace): number {
  const late = strengths.slice(Math.floor(strengths.length / 2));
  const ages = late.map((row) => {
    const sum = row.reduce((total, x) => total + x, 0);
    const aged = row.reduce((total, x, s) => total + x * (row.length - 1 - s), 0);
    return sum === 0 ? 0 : aged / sum;
  });
  return ages.reduce((sum, age) => sum + age, 0) / ages.length;
}

/** Share of the strength that a read-out owes to its own token's US, over the second half of the tokens. */
export function ownShare({ strengths }: HeadTrace): number {
  const late = strengths.slice(Math.floor(strengths.length / 2));
  const shares = late.map((row) => {
    const sum = row.reduce((total, x) => total + x, 0);
    return sum === 0 ? 0 : (row.at(-1) ?? 0) / sum;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
