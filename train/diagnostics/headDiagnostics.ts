import {
  effectiveRank,
  frobeniusNorm,
  keyInterference,
  singularValues,
} from '../../src/core/linearAlgebra.js';
import { mean } from '../../src/core/numbers.js';

/** How near a head's writes came to the bound of its rule. */
interface StabilityReading {
  /** What is bounded, as the rule writes it. */
  readonly quantity: string;
  readonly bound: number;
  /** The largest over all tokens. */
  readonly largest: number;
}

/** What one memory looked like on a few rows of validation text. */
export interface HeadDiagnostics {
  readonly block: number;
  /** Which memory of the block; without shared memories, which head. */
  readonly head: number;
  /** |S| at the end of a document, mean over the rows. */
  readonly stateNorm: number;
  /** The largest |S| after any token. */
  readonly largestStateNorm: number;
  /** Directions of S in use at the end of a document, mean over the rows: exp(entropy of singular values). */
  readonly effectiveRank: number;
  /** Mean size of the cosine between two different keys of a document, mean over the rows. */
  readonly keyInterference: number;
  /** Null for a rule without a bound. */
  readonly stability: StabilityReading | null;
  /** Whatever else the rule carries, such as a threshold: the mean at the end of a document, by field. */
  readonly state: Readonly<Record<string, number>>;
}

/** Numbers of a block's M memories on B rows: `[B,M,..]`, row-major. */
export interface BlockValues {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The traces of one block, and what its rule says of itself. */
export interface BlockTraces {
  readonly block: number;
  /** The rule's bound; null where it has none. */
  readonly bound: Omit<StabilityReading, 'largest'> | null;
  /** By trace name; see `MemoryTraces`. */
  readonly traces: Readonly<Record<string, BlockValues>>;
}

/** Keys of a row that are compared with each other; more are thinned out evenly. */
const MOST_KEYS = 256;

/** The values of one row and memory. */
function part({ shape, values }: BlockValues, row: number, head: number): Float32Array {
  const [, heads = 0, ...rest] = shape;
  const size = rest.reduce((product, n) => product * n, 1);
  const begin = (row * heads + head) * size;
  return values.subarray(begin, begin + size);
}

function traceOf({ traces, block }: BlockTraces, name: string): BlockValues {
  const found = traces[name];
  if (found) return found;
  throw new Error(`diagnostics: block ${block} has no trace '${name}'`);
}

/** The largest; NaN when any is, which `Math.max` says too. */
const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, x) => Math.max(most, x), -Infinity);

/** At most `MOST_KEYS` of a row's first keys, evenly spread. */
function thinned(keys: Float32Array, count: number, size: number): Float32Array {
  const kept = Math.min(count, MOST_KEYS);
  const chosen = new Float32Array(kept * size);
  for (let i = 0; i < kept; i++) {
    const at = Math.floor((i * count) / kept);
    chosen.set(keys.subarray(at * size, (at + 1) * size), i * size);
  }
  return chosen;
}

function headOf(on: BlockTraces, head: number, lengths: readonly number[]): HeadDiagnostics {
  const rows = [...lengths.keys()].filter((row) => (lengths[row] ?? 0) > 0);
  const perRow = (name: string, measure: (values: Float32Array, row: number) => number): number[] =>
    rows.map((row) => measure(part(traceOf(on, name), row, head), row));
  const tokens = (values: Float32Array, row: number): Float32Array => values.subarray(0, lengths[row]);
  const [V = 0, K = 0] = traceOf(on, 'state/S').shape.slice(2);
  const others = Object.keys(on.traces).filter((name) => name.startsWith('state/') && name !== 'state/S');
  return {
    block: on.block,
    head,
    stateNorm: mean(perRow('state/S', frobeniusNorm)),
    largestStateNorm: largest(perRow('norm', (values, row) => largest(tokens(values, row)))),
    effectiveRank: mean(perRow('state/S', (S) => effectiveRank(singularValues(S, V, K)))),
    keyInterference: mean(
      perRow('keys', (keys, row) => keyInterference(thinned(keys, lengths[row] ?? 0, K), K)),
    ),
    stability: on.bound && {
      ...on.bound,
      largest: largest(perRow('stability', (values, row) => largest(tokens(values, row)))),
    },
    state: Object.fromEntries(others.map((name) => [name.slice('state/'.length), mean(perRow(name, mean))])),
  };
}

/**
 * Measures of every memory of a block.
 *
 * @param lengths tokens of the first document of each row; rows of 0 do not count.
 */
export function headDiagnostics(on: BlockTraces, lengths: readonly number[]): HeadDiagnostics[] {
  if (lengths.every((length) => length === 0)) return [];
  const [, heads = 0] = traceOf(on, 'state/S').shape;
  return Array.from({ length: heads }, (_, head) => headOf(on, head, lengths));
}

/** The quantity a trace is a histogram of, and whether it has a value a token; nothing for those that are none. */
function histogramOf(trace: string): { readonly quantity: string; readonly perToken: boolean } | undefined {
  if (trace === 'decay') return { quantity: trace, perToken: true };
  if (trace.startsWith('signal/')) return { quantity: trace.slice('signal/'.length), perToken: true };
  if (!trace.startsWith('state/') || trace === 'state/S') return undefined;
  return { quantity: trace.slice('state/'.length), perToken: false };
}

/** How many values of each row count: those of its first document's tokens, or all where they are at its end. */
function counted({ shape }: BlockValues, lengths: readonly number[], perToken: boolean): number[] {
  const [rows = 0, , ...rest] = shape;
  const size = rest.reduce((product, n) => product * n, 1);
  // What is the same for all rows has one, and is followed as long as the longest.
  const ownLengths = rows === lengths.length ? lengths : [Math.max(...lengths)];
  const [T = 1] = rest;
  return ownLengths.map((length) => (perToken ? (size / T) * length : length > 0 ? size : 0));
}

/** The values of each memory of a quantity `[B,M,..]`. */
function byHead({ values, shape }: BlockValues, counts: readonly number[]): Float32Array[] {
  const [, heads = 0, ...rest] = shape;
  const size = rest.reduce((product, n) => product * n, 1);
  return Array.from({ length: heads }, (_, head) => {
    const parts = counts.map((count, row) => {
      const begin = (row * heads + head) * size;
      return values.subarray(begin, begin + count);
    });
    return Float32Array.from(parts.flatMap((part) => Array.from(part)));
  });
}

/**
 * The values behind a block's histograms, by `<quantity>/block <i>/head <h>`: decay and signals of every token, and
 * what else the rule carries at the end, of the first document of each row, as in `headDiagnostics`.
 *
 * @param lengths tokens of the first document of each row; rows of 0 do not count.
 */
export function histogramsOf(
  { block, traces }: BlockTraces,
  lengths: readonly number[],
): (readonly [string, Float32Array])[] {
  return Object.entries(traces).flatMap(([trace, values]) => {
    const found = histogramOf(trace);
    if (found === undefined) return [];
    const parts = byHead(values, counted(values, lengths, found.perToken));
    return parts.map((part, head) => [`${found.quantity}/block ${block}/head ${head}`, part] as const);
  });
}
